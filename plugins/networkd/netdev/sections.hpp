// SPDX-License-Identifier: LGPL-2.1-or-later
// Readers of the single sections of a .netdev file; used by netdev.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include <wgnl/declaration.hpp>
#include <wgnl/secret_text.hpp>

#include "networkd/files/problems.hpp"
#include "networkd/files/text.hpp"
#include "networkd/netdev/keys.hpp"
#include "networkd/netdev/listed_peers.hpp"
#include "networkd/netdev/netdev.hpp"

namespace wgnl::networkd {

/// What the readers of sections share.
struct SectionContext {
    const ReadContext& read;
    Inputs& inputs;
    ProblemCollector& problems;
    std::string& sealed;  ///< see Netdev::sealed
    bool& networkd_reads; ///< the file is networkd's as well

    /// The text of a credential. `lack` gets the reason if that is a mistake, and stays as it is if
    /// only the service can read it.
    std::optional<SecretText> credential(std::string_view name, std::string& lack) const;
};

/// Collects [NetDev], of all files in their order.
class NetdevSection {
public:
    /// What is read and has no place in a declaration becomes a note of `not_expressible`.
    NetdevSection(ProblemCollector& problems, std::vector<Problem>& not_expressible)
        : problems_(problems), not_expressible_(not_expressible) {}

    void take(const SourceFile& file, const IniSection& section);

    // What the rows of the table take.
    void take_name(const Subject& subject, const IniAssignment& assignment);
    void take_kind(const Subject& subject, const IniAssignment& assignment);
    void take_mtu(const Subject& subject, const IniAssignment& assignment);
    void leave_out(const Subject& subject, const IniAssignment& assignment);

    /// It names a kind of device, and not this one.
    bool is_of_others() const;
    /// Says what is wrong with kinds, and what keeps the file from declaring a device. False if
    /// something does.
    bool note_defects(const std::string& path);
    const std::string& device() const { return device_; }
    std::optional<std::uint32_t> mtu() const { return mtu_; }

private:
    bool is_kind_misspelt() const;
    void note_unknown_kinds();

    struct UnknownKind {
        Subject subject;
        std::string value;
    };
    ProblemCollector& problems_;
    std::vector<Problem>& not_expressible_;
    std::string device_{};
    std::optional<std::uint32_t> mtu_{};
    std::string kind_{}; ///< the first of those that networkd knows
    std::vector<UnknownKind> unknown_kinds_{};
};

/// Collects [WireGuard], of all files in their order.
class DeviceSection {
public:
    explicit DeviceSection(SectionContext context) : context_(context) {}

    void take(const SourceFile& file, const IniSection& section);

    // What the rows of the table take.
    void take_private_key(const Subject& subject, const IniAssignment& assignment);
    void take_private_key_file(const Subject& subject, const IniAssignment& assignment);
    void take_listen_port(const Subject& subject, const IniAssignment& assignment);
    void take_fwmark(const Subject& subject, const IniAssignment& assignment);
    void take_route_table(const Subject& subject, const IniAssignment& assignment);
    template <auto Member, std::uint64_t Largest>
    void take_number(const Subject& subject, const IniAssignment& assignment);

    /// Fills in key, port, mark and routes. Without a usable private key (of the section, or of the
    /// credential network.wireguard.private.NAME) the device is kept as it is.
    void finish(const std::string& path, Declaration& declaration);
    /// Of the port that counts; empty if there is none.
    const Location& listen_port_location() const { return listen_port_location_; }

private:
    void refuse(const Subject& subject, const IniAssignment& assignment, std::string_view what);
    void reject_key(const Subject& subject, std::string_view text);
    void read_key_file();
    void read_default_credential(const std::string& path);

    SectionContext context_;
    Declaration taken_{}; ///< only what the section says
    std::string key_file_{};
    Subject key_file_subject_{};
    bool key_rejected_{false};
    bool key_sealed_{false};
    Location listen_port_location_{};
};

template <auto Member, std::uint64_t Largest>
void DeviceSection::take_number(const Subject& subject, const IniAssignment& assignment) {
    auto& number = taken_.*Member;
    const auto value = parse_number(assignment.value, Largest);
    if (assignment.value.empty())
        number.reset();
    else if (value)
        number = static_cast<std::remove_cvref_t<decltype(*number)>>(*value);
    else
        refuse(subject, assignment, fmt::format("is not a number from 0 to {}", Largest));
}

/// Collects [X-Wgnl], of all files in their order.
class ExtensionSection {
public:
    ExtensionSection(ProblemCollector& problems, Netdev& result)
        : problems_(problems), result_(result) {}

    void take(const SourceFile& file, const IniSection& section);

    // What the rows of the table take.
    void take_mode(const Subject& subject, const IniAssignment& assignment);
    void take_peers(const Subject& subject, const IniAssignment& assignment);
    void take_signer(const Subject& subject, const IniAssignment& assignment);
    void take_within(const Subject& subject, const IniAssignment& assignment);
    void take_address(const Subject& subject, const IniAssignment& assignment);
    template <auto Member>
    void take_switch(const Subject& subject, const IniAssignment& assignment) {
        take_switch(subject, assignment, result_.declaration.*Member);
    }

    /// Looks at another section, into which a key of lists may have slipped.
    void take_stray(const SourceFile& file, const IniSection& section);
    /// Judges what all files together say.
    void finish();
    const PeerListSettings& lists() const { return lists_; }

private:
    void take_unknown(const Subject& subject, const IniAssignment& assignment,
                      std::string_view section);
    void refuse_lists_for(const Subject& subject, std::string_view key, std::string_view section);
    void refuse_list(const Subject& subject, std::string_view text);
    void take_switch(const Subject& subject, const IniAssignment& assignment, bool& value);

    ProblemCollector& problems_;
    Netdev& result_;
    PeerListSettings lists_{};
};

/// What travels of a peer that is neither added nor changed: its prefixes are nobody else's.
DeclaredPeer held_peer(DeclaredPeer peer);

/// One [WireGuardPeer] section as read, before duplicates are resolved.
struct PeerDraft {
    DeclaredPeer peer{};
    std::string_view file{}; ///< path, owned by the SourceFile; name of a list, by its DeviceList
    std::uint32_t line{};
    std::vector<std::uint32_t> prefix_lines{}; ///< of each entry of peer.allowed_ips
    bool named{false};                         ///< its public key is there and can be read
    bool named_twice{false};                   ///< by two keys: the last counts
    bool listed{false};                        ///< by a list of others, and not by a section
};

/// Reads one [WireGuardPeer] section; used once.
class PeerSection {
public:
    PeerSection(const SourceFile& file, const IniSection& section, const SectionContext& context);

    /// A section that is not named, or twice, may mean a peer that no section names: then none may
    /// go.
    PeerDraft run();

    // What the rows of the table take.
    void pass(const IniAssignment&) {} ///< was read before everything else
    void take_public_key_file(const IniAssignment& from) { check_path(from); }
    void take_name(const IniAssignment& from);
    void take_preshared_key(const IniAssignment& from);
    void take_preshared_key_file(const IniAssignment& from);
    void take_preshared_key_owner(const IniAssignment& from);
    void take_allowed_ips(const IniAssignment& from);
    void take_endpoint(const IniAssignment& from);
    void take_keepalive(const IniAssignment& from);
    void take_route_table(const IniAssignment& from);
    template <auto Member, std::uint64_t Largest> void take_number(const IniAssignment& from);

private:
    void take(const IniAssignment& assignment);
    void check_path(const IniAssignment& from);
    Subject about(const IniAssignment& from) const;
    Subject about(const IniAssignment& from, std::string_view word) const;
    void mistake(const IniAssignment& from, std::string_view text);
    void mistake(const Subject& subject, std::string_view text);
    bool has_slip();
    const IniAssignment* last(std::string_view key) const;
    void read_public_key();
    void check_single_name();
    void take_public_key(const IniAssignment& from, OrReason<PublicKey> key);
    template <typename Key> OrReason<Key> read_file_key(const IniAssignment& from);
    template <typename Key> OrReason<Key> inline_key(std::string_view value);
    void read_preshared_key_file();
    void take_allowed_ip(const IniAssignment& from, std::string_view word);
    void finish();

    const SourceFile& file_;
    const IniSection& section_;
    const SectionContext& context_;
    PeerDraft draft_{};
    bool open_to_all_{false};
    const IniAssignment* current_{nullptr};     ///< the one that is being taken
    const IniAssignment* slip_told_{nullptr};   ///< the last one whose slip was told
    const IniAssignment* slip_sought_{nullptr}; ///< the last one that was looked at for it
    bool has_slip_{false};
    const IniAssignment* preshared_key_file_{nullptr};
    const IniAssignment* external_{nullptr};
};

template <auto Member, std::uint64_t Largest>
void PeerSection::take_number(const IniAssignment& from) {
    auto& number = draft_.peer.*Member;
    number.reset();
    if (from.value.empty())
        return;
    if (const auto value = parse_number(from.value, Largest))
        number = static_cast<std::remove_cvref_t<decltype(*number)>>(*value);
    else
        mistake(from, fmt::format("{}={} is not a number from 0 to {}", from.key,
                                  excerpt(from.value), Largest));
}

/// Of a public key or a prefix that two sections have the first one keeps it, as under networkd.
/// The prefixes of a section that names nobody go to nobody. A peer with the device's own
/// public key is left out: the kernel ignores it.
std::vector<DeclaredPeer> resolve_duplicates(std::vector<PeerDraft> drafts,
                                             const std::optional<PublicKey>& own_key,
                                             ProblemCollector& problems);

} // namespace wgnl::networkd
