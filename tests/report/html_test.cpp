// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/report/html.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "spikegrad/core/error.hpp"

namespace spikegrad {
namespace {

TEST(Html, EscapesWhatCouldBecomeATagOrEndAnAttribute) {
  EXPECT_EQ(escape_html(R"(<a href="x" title='y'> & θ)"),
            "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt; &amp; θ");
  EXPECT_EQ(escape_html("\xff|"), "\xef\xbf\xbd|");
}

TEST(Html, RichTextKeepsItsFourTagsAndNoOther) {
  EXPECT_EQ(rich_html("β<sub>SG</sub> < 10<sup>2</sup>"), "β<sub>SG</sub> &lt; 10<sup>2</sup>");
  EXPECT_EQ(rich_html("<script>x</script><sub onclick=x>"),
            "&lt;script&gt;x&lt;/script&gt;&lt;sub onclick=x&gt;");
}

TEST(Html, AnEmptyLineBeginsAParagraph) {
  EXPECT_EQ(paragraphs_html("a\nb\n\n\nc", "class=\"x\""),
            "<p class=\"x\">a\nb</p>\n<p class=\"x\">\nc</p>\n");
  EXPECT_EQ(paragraphs_html(""), "");
}

TEST(Html, JsonCannotEndItsScriptAndIsStillTheSame) {
  const nlohmann::json value = {"</script><!--", "<script>", 1.5};
  const std::string text = script_json(value);
  EXPECT_EQ(text.find('<'), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(text), value);
}

TEST(Html, CodeCannotEndItsScript) {
  EXPECT_EQ(script_code("a='</script>';b=\"<!--\""), "a='<\\/script>';b=\"<\\!--\"");
}

TEST(Html, TemplatesAreFilledOnce) {
  EXPECT_EQ(fill_template("a @X@ b @Y@", {{"X", "@Y@"}, {"Y", "2"}}), "a @Y@ b 2");
  EXPECT_THROW(fill_template("@Z@", {{"X", "1"}}), InternalError);
  EXPECT_THROW(fill_template("a @ b", {}), InternalError);
}

}  // namespace
}  // namespace spikegrad
