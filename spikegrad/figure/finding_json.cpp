// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/figure/json.hpp"
#include "spikegrad/figure/json_members.hpp"

namespace spikegrad {

NLOHMANN_JSON_SERIALIZE_ENUM(Verdict, {{Verdict::holds, "holds"},
                                       {Verdict::contradicted, "contradicted"},
                                       {Verdict::undecided, "undecided"}})

SPIKEGRAD_JSON(Table, caption, header, rows)
SPIKEGRAD_JSON(FindingRow, id, quantity, value, std_error, interval, rule, verdict, claim, headline, remark,
               seconds)
/// Without the rows: those are findings.json.
SPIKEGRAD_JSON(FindingResult, id, title, statement, method, tables, figures, notes)
SPIKEGRAD_JSON(RunInfo, title, version, seed, date, command, machine, seconds)

}  // namespace spikegrad
