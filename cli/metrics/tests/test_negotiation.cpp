// SPDX-License-Identifier: LGPL-2.1-or-later
// What readers of metrics send, and what they get.
#include "request.hpp"

#include <gtest/gtest.h>

namespace wgnl::cli {
namespace {

using enum MetricsFormat;

TEST(WantedFormat, IsWhatPrometheusPrefers) {
    EXPECT_EQ(wanted_format("application/openmetrics-text;version=1.0.0;q=0.5,"
                            "application/openmetrics-text;version=0.0.1;q=0.4,"
                            "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"),
              openmetrics);
    EXPECT_EQ(wanted_format("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                            "text/plain;version=1.0.0;q=0.4,*/*;q=0.1"),
              openmetrics);
    EXPECT_EQ(wanted_format("text/plain;version=0.0.4;q=1,"
                            "application/openmetrics-text;version=1.0.0;q=0.5"),
              prometheus);
}

TEST(WantedFormat, IsOpenMetricsForWhoeverNamesIt) {
    EXPECT_EQ(wanted_format("application/openmetrics-text"), openmetrics);
    EXPECT_EQ(wanted_format(" application/openmetrics-text ; version=1.0.0 ; q=0.1 "), openmetrics);
    EXPECT_EQ(wanted_format("application/openmetrics-text;q=0"), prometheus);
    EXPECT_EQ(wanted_format("application/openmetrics-text;version=2.0.0"), prometheus);
}

TEST(WantedFormat, IsTheOldOneForEverythingElse) {
    for (const char* accept : {"", "*/*", "text/html", ",,;;==", "q=1", ";q=", "text/plain;q=nan",
                               "application/openmetrics-text;q=nan",
                               "application/openmetrics-text;q=-1", "application/openmetrics-tex"})
        EXPECT_EQ(wanted_format(accept), prometheus) << accept;
}

} // namespace
} // namespace wgnl::cli
