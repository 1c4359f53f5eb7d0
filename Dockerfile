# SPDX-License-Identifier: Apache-2.0
# docker build -t spikegrad . && docker run --rm -v "$PWD:/work" spikegrad list
FROM debian:12 AS build
COPY . /spikegrad
RUN cd /spikegrad && ./run build && cmake --install build --prefix /usr/local

FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
      libfmt9 libtomlplusplus3 libpng16-16 libsz2 libsndfile1 libhwy1 libgomp1 && rm -rf /var/lib/apt/lists/*
COPY --from=build /usr/local/bin/spikegrad /usr/local/bin/spikegrad
COPY --from=build /usr/local/share/doc/spikegrad /usr/local/share/doc/spikegrad
WORKDIR /work
ENTRYPOINT ["spikegrad"]
