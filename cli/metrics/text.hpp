// SPDX-License-Identifier: LGPL-2.1-or-later
// Devices and peers as metrics, for `wgnl metrics` and for wgnl-metrics alike.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "source/view.hpp"

namespace wgnl::cli {

enum class MetricsFormat {
    openmetrics, ///< OpenMetrics 1.0
    prometheus,  ///< the text format 0.0.4 of Prometheus, which older readers know
};

/// For the header Content-Type.
std::string_view content_type(MetricsFormat format);

/// The whole page. Peers that `devices` does not list, because they are too many or not for this
/// caller, are in the counts of their device alone; what is not known is left out. wgnl(1)
/// lists the metrics, whose names and labels are a promise.
std::string metrics_text(const std::vector<DeviceView>& devices, MetricsFormat format,
                         Microseconds now);

} // namespace wgnl::cli
