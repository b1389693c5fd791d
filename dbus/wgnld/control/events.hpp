// SPDX-License-Identifier: LGPL-2.1-or-later
// The lines that wgnld writes to the journal, each with its message id.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <wgnl/text.hpp>

#include "declaration_registry.hpp"
#include "endpoints/endpoint_names.hpp"
#include "model/device_model.hpp"
#include "worker/tasks.hpp"

namespace wgnl::daemon {

// One for each kind of event; units/wgnl.catalog explains them.
inline constexpr std::string_view id_declared = "7976547a74324818987c7e839be3b562";
inline constexpr std::string_view id_applied = "5ac7d47c82e14fabafe018264c4213ec";
inline constexpr std::string_view id_apply_failed = "1e81c48b11684cbf87141435a0656be0";
inline constexpr std::string_view id_problem = "a26e11301e3a4246944f344dd130b687";
inline constexpr std::string_view id_withdrawn = "e99dfd665b0b4f65a738a394888b32af";
inline constexpr std::string_view id_link_gone = "38383a0dc60f4dcd9fd7a7ac0cdee303";
inline constexpr std::string_view id_peer_state = "747f34a813514251948bfdf20cdec5aa";
inline constexpr std::string_view id_endpoint_moved = "1177ff2d924045969258c52f1fd589de";
inline constexpr std::string_view id_failure = "6301be1e6cc847fd89e35766b995a620";

void log_declared(const SourceDeclaration& entry);
/// Only those that were not there before. They name no key but those that `is_public` knows.
void log_problems(const std::string& device, const std::vector<Problem>& problems,
                  const std::vector<Problem>& before, const IsPublic& is_public);
/// What was changed, or what failed; nothing if there was nothing to do. `known` problems are not
/// said again.
void log_applied(const SourceDeclaration& entry, const ReconcileResult& result,
                 const std::vector<Problem>& known);
void log_withdrawn(const std::string& device, const std::optional<Error>& error);
void log_link_gone(const std::string& device);
/// Declared peers that became established or unreachable.
void log_states(const DeviceModel& device, const DeviceUpdate& update);
/// A peer was pointed to another address of its name.
void log_moved(const std::string& device, const EndpointMove& move);
/// `device` may be empty. The error names no key but those that `is_public` knows.
void log_failure(const std::string& device, const Error& error, const IsPublic& is_public = {});
/// Knows the peers of the device, live and declared, for as long as that lives.
IsPublic is_peer_of(const DeviceModel& device);

} // namespace wgnl::daemon
