// SPDX-License-Identifier: LGPL-2.1-or-later
// plan(): the three-way merge of what is declared, what was applied last, and what is live.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <wgnl/declaration.hpp>
#include <wgnl/device.hpp>
#include <wgnl/record.hpp>

namespace [[gnu::visibility("default")]] wgnl {

/// A difference that is left alone, for people: what, declared, live.
struct Drift {
    std::string what{};     ///< "peer <key>", "listen port", "allowed IPs of <key>"
    std::string declared{}; ///< "" if not declared
    std::string live{};     ///< "" if not live; "(hidden)" for a secret

    bool operator==(const Drift&) const = default;
};

/// One field of a device, or of one of its peers, that is not as it should be. Never holds a value.
struct Difference {
    enum class Aspect : std::uint8_t {
        private_key,
        listen_port,
        fwmark,
        presence,     ///< not live: the peer, or the device
        foreign_peer, ///< live, but not declared
        preshared_key,
        persistent_keepalive,
        allowed_ips,
        sessions, ///< the peer was re-created: what it had is lost
        endpoint, ///< the live one is none, or another than was to be restored or was changed to
        routes,   ///< of allowed IPs
    };
    Aspect aspect{};
    PublicKey peer{}; ///< zero for a field of the device

    auto operator<=>(const Difference&) const = default;
};
std::string to_string(const Difference& difference); ///< "preshared key of peer <key>"

/// What is known of a peer from before its owner reset the device, or wrote over its endpoint.
struct Remembered {
    Endpoint endpoint{};
    bool had_session{false}; ///< its session was fresh: a handshake is provoked on restoring
    /// The endpoint that was written over `endpoint` while the session went on: restored only as
    /// long as it is the live one. Absent: the peer was reset.
    std::optional<Endpoint> instead_of{};
};

/// What plan() may do besides the merge itself.
struct Policy {
    /// Without a record: withhold removals and key and port changes (they become Drift).
    /// `confirmed` (the file was saved again, or a person asked to reconcile) applies them.
    bool confirmed{false};
    /// Live endpoints seen before the device was reset, for peers that were re-created since. Used
    /// until the peer shakes hands again: from then on its live endpoint is the better one. Spent
    /// by applying the plan once.
    std::unordered_map<PublicKey, Remembered> remembered{};
    /// Endpoints written as names, resolved: only used for peers that have no live endpoint or are
    /// new. Keyed by the text of the declaration.
    std::unordered_map<std::string, Endpoint> resolved{};
    /// Rules on the live mark keep the tunnel's own packets out of a default route through it: the
    /// mark stays. One that is declared to be none, or no more, is a note; another one an error.
    bool holds_mark{false};
};

/// What an entry of a change finds, for people: how the peer was before.
struct PeerBefore {
    std::string name{};                   ///< as declared, may be empty
    std::optional<Endpoint> endpoint{};   ///< absent: none known, or the peer is new
    std::uint16_t persistent_keepalive{}; ///< seconds
    bool preshared_key{false};            ///< one was set

    bool operator==(const PeerBefore&) const = default;
};

/// Everything to do, in order, and everything left alone. Printable.
struct Plan {
    std::string device{};
    DeviceChange change{};
    /// How the device was before, for people; `peers` has one for each of `change.peers`.
    struct Before {
        bool private_key{false}; ///< one was set
        std::uint16_t listen_port{};
        std::uint32_t fwmark{};
        std::vector<PeerBefore> peers{};
    };
    Before before{};
    /// Every field that is not as it should be, sorted: those that `change` is about, and those
    /// that `drift` and `problems` say to be left. Of peers and a device that are kept as is, none.
    /// Neither the presence of the device nor its routes: whoever looks at those says so.
    std::vector<Difference> differences{};
    /// At most 100 entries, the last of which then says how many more there are; so `problems`.
    std::vector<Drift> drift{};
    std::vector<Problem> problems{};
    /// A new private key makes the kernel compute every peer again while it holds its network lock.
    bool recomputes_peers{false};
    /// First contact: something in `drift` waits for Policy::confirmed.
    bool pending_confirmation{false};

    bool empty() const noexcept { return change.empty(); }
};

/// Pure and total. `last` is null at first contact (no record in this boot, or a re-created
/// device). A record that says `pending_confirmation` is still first contact in what it does not
/// know itself.
/// - declared and missing: added; declared and different: that one field is changed; declared last
///   time and no longer: removed; live but never declared: kept and reported (removed if strict)
/// - a field that `last` has and the declaration lacks goes back to the kernel's default; a field
///   that neither has is never touched; allowed IPs of a declared peer are authoritative
/// - peers and devices that are kept as is are not touched, and no prefix is taken from them
/// - order: device fields; removals whose prefixes nobody takes over; additions, changes, moves;
///   removals of single allowed IPs; removals of peers whose prefixes moved
/// - plan() of what already matches is empty, and has no differences
Plan plan(const Declaration& declared, const Record* last, const Device& live,
          const Policy& policy = {});

/// In what `live` is not as it is declared: the differences of a plan that no record is known to,
/// and nothing but the declaration. Sorted.
std::vector<Difference> differences(const Declaration& declared, const Device& live);

/// The plan of withdrawing a declaration in mode sync: the peers of the record go.
Plan plan_withdrawal(const Record& last, const Device& live);

std::string to_text(const Plan& plan); ///< one line a step, "+", "-", "~"; no secret
std::string to_json(const Plan& plan); ///< the same for programs; no secret

} // namespace wgnl
