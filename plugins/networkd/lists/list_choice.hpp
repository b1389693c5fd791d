// SPDX-License-Identifier: LGPL-2.1-or-later
// One list of peers of one device: whether what its file has counts, or what was kept of it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <wgnl/declaration.hpp>
#include <wgnl/peer_list.hpp>

#include "networkd/files/adapter_user.hpp"
#include "networkd/files/files.hpp"
#include "networkd/lists/kept_lists.hpp"

namespace wgnl::networkd {

/// By whom and when: what every list of a device is judged by.
struct ListRules {
    std::string device{};
    std::vector<ListSigner> signers{};
    std::chrono::sys_seconds now{};
    const KeptLists* kept{};    ///< null: nothing is
    const AdapterUser* judge{}; ///< as whom all is read; null: as the caller
    bool is_bystander{false};   ///< the caller is not the service, and may not read what it kept
};

struct ListChoice {
    std::string name{}; ///< that of the file without ".peers", which the list must have, too
    /// The list that counts. Absent: none was ever good, or what was kept cannot be known.
    std::optional<SignedPeerList> list{};
    bool is_of_file{false}; ///< the file has that very list
    /// Its bytes, if they are to be kept; empty: they are already, or there is no list.
    std::string fresh{};
    /// By the clock it expired, which may be set yet: to be looked at again.
    bool waits_for_clock{false};
    std::vector<Problem> problems{};
};

/// The name of a list by its file: "/run/wgnl-peers/office.peers" and ".../office" are "office".
std::string list_name_of(const std::string& path);

/// Looks at the file (absolute, not below the root yet), which is added to `inputs`. What is
/// forged, cut, expired, older or gone changes nothing: the list of before counts, and a problem
/// says why.
ListChoice choose_list(const std::string& path, const ListRules& rules, const Root& root,
                       Inputs& inputs);

} // namespace wgnl::networkd
