// SPDX-License-Identifier: LGPL-2.1-or-later
// The verbs of the command, one file each. Options are plain values; nothing here reads argv.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/list_file.hpp"
#include "formats/reader.hpp"
#include "formats/writer.hpp"
#include "metrics/text.hpp"
#include "source/view.hpp"
#include "terminal/console.hpp"

namespace wgnl::cli {

/// What every verb is given.
struct Environment {
    Console console;
    Readers readers{};
    Writers writers{};
    /// The signed lists of peers that .netdev files name; empty: this build reads none.
    std::function<std::vector<NamedList>()> lists{};
    /// Network namespace that is worked in, without the daemon; empty: the caller's own.
    std::string netns{};
};

enum class Output { text, json };

struct StatusOptions {
    std::string device{}; ///< empty: all
    Output output{Output::text};
};
Exit status(Environment& environment, const StatusOptions& options);

struct ShowOptions {
    std::string device{};
    Output output{Output::text};
};
Exit show(Environment& environment, const ShowOptions& options);

struct MonitorOptions {
    std::string device{}; ///< empty: all
    Output output{Output::text};
};
Exit monitor(Environment& environment, const MonitorOptions& options);

struct MetricsOptions {
    MetricsFormat format{MetricsFormat::openmetrics};
};
Exit metrics(Environment& environment, const MetricsOptions& options);

struct WaitOptions {
    std::string device{};
    std::string peer{}; ///< name or public key; empty: any peer
    bool all_peers{false};
    std::optional<Microseconds> timeout{}; ///< absent: forever
};
Exit wait(Environment& environment, const WaitOptions& options);

struct ListOptions {
    std::string device{}; ///< whose peers; empty: the devices
};
Exit list(Environment& environment, const ListOptions& options);

struct CheckOptions {
    std::vector<std::filesystem::path> files{}; ///< or folders of such, or profiles
};
Exit check(Environment& environment, const CheckOptions& options);

struct ApplyOptions {
    std::filesystem::path file{};
    bool dry_run{false};
    bool compares{false}; ///< nothing is at stake: what is hardly meant is compared all the same
    bool empty{false};    ///< also a file without peers, or one that was cut, takes peers away
    std::string
        sockets_netns{}; ///< where a device that is created has its sockets; empty: where it is
};
Exit apply(Environment& environment, const ApplyOptions& options);

struct DiffOptions {
    std::filesystem::path file{};
    Output output{Output::text};
};
Exit diff(Environment& environment, const DiffOptions& options);

struct ConvertOptions {
    std::filesystem::path from{};
    std::filesystem::path to{}; ///< a new file
};
Exit convert(Environment& environment, const ConvertOptions& options);

struct ListCheckOptions {
    std::filesystem::path file{};
};
Exit check_list(Environment& environment, const ListCheckOptions& options);

struct ListSignOptions {
    std::filesystem::path file{};
    std::filesystem::path key{}; ///< of OpenSSH, private, or public where an agent has the other
};
Exit sign_list(Environment& environment, const ListSignOptions& options);

struct ListAddOptions {
    std::filesystem::path file{}; ///< one that is not there is begun
    NewListedPeer peer{};
    std::string not_after{}; ///< empty: as it is
};
Exit add_to_list(Environment& environment, const ListAddOptions& options);

struct ListShowOptions {
    std::string device{}; ///< empty: all
};
Exit show_lists(Environment& environment, const ListShowOptions& options);

struct ReconcileOptions {
    std::string device{}; ///< empty: all
};
Exit reconcile(Environment& environment, const ReconcileOptions& options);

struct HandoverOptions {
    std::string device{};
    bool dry_run{false};
};
Exit adopt(Environment& environment, const HandoverOptions& options);
Exit release(Environment& environment, const HandoverOptions& options);

Exit genkey(Environment& environment);
Exit genpsk(Environment& environment);
Exit pubkey(Environment& environment);

/// What is still missing, in words; empty: the named peer (or all peers, or else any peer) of the
/// device is established. `device` is absent while it does not exist, and so is `peer`, the named
/// one. "All" of no peers is not enough.
std::string missing(const WaitOptions& options, const std::optional<DeviceView>& device,
                    const std::optional<PeerView>& peer);

/// `there is no verb "statsu"; did you mean "wgnl status"?` `verbs` are those that there are.
std::string hint_for_verb(std::string_view typed, std::span<const std::string> verbs);

} // namespace wgnl::cli
