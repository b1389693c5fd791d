// SPDX-License-Identifier: LGPL-2.1-or-later
// reconcile(): one device brought to its declaration under its lock, with the record kept.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <wgnl/declaration.hpp>
#include <wgnl/device.hpp>
#include <wgnl/error.hpp>
#include <wgnl/network_namespace.hpp>
#include <wgnl/plan.hpp>
#include <wgnl/record.hpp>
#include <wgnl/route.hpp>

namespace [[gnu::visibility("default")]] wgnl {

class Client;
struct Provenance;
struct ReconcileOutcome;
struct ReconcileOptions;

/// The directory that holds locks and records: <device>.lock and <device>.json, mode 0600.
/// reconcile() and withdraw() use that of the client's namespace, as of() finds it below
/// `directory`, where the client was opened for one (OpenOptions::network_namespace); with the
/// default directory also where the client's is the calling thread's own. So devices of one name in
/// two namespaces never share a record, whoever forgets to ask for of().
class RecordStore {
public:
    /// `directory` is created (0755) if it is missing. The default is /run/wgnl.
    explicit RecordStore(std::filesystem::path directory = "/run/wgnl");
    /// That of one network namespace, so that devices of one name in two of them do not meet:
    /// `directory` itself for the namespace of process 1 (the calling thread's, where that cannot
    /// be told), else netns-<Namespace::id()> in it. Absent: the calling thread's namespace.
    static Result<RecordStore> of(const std::optional<Namespace>& where,
                                  const std::filesystem::path& directory = "/run/wgnl");

    /// Holds `<device>.lock` (flock) until destroyed; waits for another holder.
    class Lock;
    Result<Lock> lock(std::string_view device) const; ///< permission_denied: run as root
    /// Does not wait: system/EWOULDBLOCK if another holds it.
    Result<Lock> try_lock(std::string_view device) const;
    /// Absent if there is none; a record that cannot be read is an error.
    Result<std::optional<Record>> load(std::string_view device) const;
    Result<void> save(const Record& record) const;     ///< written aside, then renamed
    Result<void> erase(std::string_view device) const; ///< none there is no error
    Result<std::vector<std::string>> devices() const;  ///< those that have a record

private:
    [[gnu::visibility("hidden")]] Result<Lock> take_lock(std::string_view device, int how) const;
    [[gnu::visibility("hidden")]] Result<RecordStore> beside(const Client& client) const;
    friend Result<ReconcileOutcome> reconcile(Client& client, const RecordStore& store,
                                              const Declaration& declared, const Provenance& from,
                                              const ReconcileOptions& options);
    friend Result<ReconcileOutcome> withdraw(Client& client, const RecordStore& store,
                                             std::string_view device);

    std::filesystem::path directory_;
};
/// A held lock of one device.
class RecordStore::Lock {
public:
    explicit Lock(int fd) noexcept : fd_(fd) {}
    Lock(Lock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Lock& operator=(Lock&&) = delete;
    ~Lock();

private:
    int fd_;
};

/// Where a declaration came from; goes into the record.
struct Provenance {
    std::string source{}; ///< "networkd", "NetworkManager", "command"
    std::string origin{}; ///< file path or object path
};

/// What reconcile() did and found.
struct ReconcileOutcome {
    bool ok{true};                ///< everything that was planned was taken
    bool link_exists{false};      ///< the device is there
    bool created_device{false};   ///< by this call
    bool differs{false};          ///< of a dry run: something is not as declared
    std::optional<Link> link{};   ///< absent: there is none
    std::optional<Device> live{}; ///< read back after the change; still holds the secrets
    Plan plan{};
    std::size_t link_changes{};  ///< of the link itself: MTU, addresses, up
    std::size_t route_changes{}; ///< routes added and removed
    /// The same in words for people, as to_text() has the plan's: "+ route 10.0.0.0/8". Of routes,
    /// the first hundred.
    std::vector<std::string> link_steps{};
    std::vector<Problem> problems{}; ///< plan's, and what the kernel refused in its own words
};

/// What a take-over goes by, beside the declaration and the device.
struct TakeOverFacts {
    /// Who else keeps the link as it is configured elsewhere, and where to change it: a clause for
    /// people. Empty, as where there is no function: nobody is known to. Such a device is refused.
    std::function<std::string(const Link&)> owner{};
    /// Whoever made the device ran commands for it (PreUp=, PostUp=), which may have made addresses
    /// and routes: what is not declared is theirs, and stays.
    bool ran_commands{false};
    /// All addresses of the endpoints that are names, by the text of the declaration.
    std::unordered_map<std::string, std::vector<IpAddress>> addresses{};
};

/// What reconcile() may do.
struct ReconcileOptions {
    Policy policy{};
    bool dry_run{false}; ///< plan alone: nothing is written, neither device nor record
    /// In mode own without the kernel module: start a userspace implementation.
    bool allow_userspace{true};
    /// Where a device that is created here has its sockets; absent: where the client is.
    std::optional<Namespace> sockets{};
    /// False: the routes of allowed IPs stay as they are, also those that are recorded.
    bool routes{true};
    /// Routes shorter than /8 (IPv6: /16) may go into the tables main, default and local.
    bool allow_wide_routes{false};
    /// In mode own a device that nobody recorded, and that has the declared private key, is taken
    /// over: by difference, as if wg-quick had made it of an earlier text of the declaration. So
    /// peers and addresses that are not declared go, and those routes that wg-quick makes without
    /// a word: of RTPROT_BOOT, of allowed IPs, in the table main, that of the mark's number or a
    /// declared one; none where no routes are declared. Its mark stays, and default routes in a
    /// table of their own that are still declared. Refused is what somebody else keeps: see
    /// `taking`, and where a route is of RTPROT_STATIC. For people who ask for it.
    bool take_over{false};
    TakeOverFacts taking{};
};

/// invalid_argument, and nothing is done, where check() finds fault with the declaration. Else:
/// lock, read, plan, write the record ahead, apply, read back, write the record. In mode own the
/// device is created if it is missing and its addresses, MTU and up state are set; a link that
/// exists is taken over only if the record says that the same source had it in mode sync, or as
/// ReconcileOptions::take_over has it, else it is a problem; the withdrawal leaves such a device
/// there. In mode sync a missing device is
/// no error (`link_exists` false). In mode observe nothing is written. Where the declaration asks
/// for routes of its allowed IPs and the link is up, those are set last, and go with their prefix;
/// in mode sync default routes are left to the owner of the link, and a problem says how to
/// complete them. A declaration is of a name, a record of a link: after a link was renamed, its
/// record is found and moved to the name that it has now.
Result<ReconcileOutcome> reconcile(Client& client, const RecordStore& store,
                                   const Declaration& declared, const Provenance& from,
                                   const ReconcileOptions& options = {});

/// What reconcile() would do to the link's routes as far as the declaration alone tells: those that
/// are missing, and those of ours beside which somebody else's stands. What only a record knows of
/// is not there. Nothing is asked where the declaration wants no routes.
Result<RouteChanges> route_differences(Client& client, const Declaration& declared,
                                       const ReconcileOptions& options = {});

/// The declaration went away: own deletes the device it created; sync removes the recorded peers
/// and leaves device and key. The record is erased. A device that was renamed since is meant under
/// the name that it has now.
Result<ReconcileOutcome> withdraw(Client& client, const RecordStore& store,
                                  std::string_view device);

} // namespace wgnl
