// SPDX-License-Identifier: LGPL-2.1-or-later
// A .netdev file with its drop-ins: first [Match] and [NetDev] of all files, then the rest.
#include "networkd/netdev/netdev.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include <wgnl/device.hpp>

#include "networkd/files/text.hpp"
#include "networkd/match/conditions.hpp"
#include "networkd/netdev/keys.hpp"
#include "networkd/netdev/kind.hpp"
#include "networkd/netdev/sections.hpp"

namespace wgnl::networkd {
namespace {

constexpr std::array<std::string_view, 4> known_sections{"Match", "NetDev", "WireGuard",
                                                         "WireGuardPeer"};

std::string label_of(const std::string& path) {
    auto name = base_name(path);
    auto folder = base_name(std::string_view(path).substr(0, path.size() - name.size() - 1));
    return folder.ends_with(".d") ? fmt::format("{}/{}", folder, name) : std::string(name);
}

/// Whether it has what only a peer has, and is none: its header is wrong, or missing. What is named
/// X-… was taken out on purpose.
bool may_mean_a_peer(const IniSection& section) {
    if (section.name == "WireGuardPeer" || section.name.starts_with("X-"))
        return false;
    constexpr std::array<std::string_view, 3> of_peers{"PublicKey", "PublicKeyFile", "AllowedIPs"};
    return std::ranges::any_of(section.assignments, [&](const IniAssignment& assignment) {
        return std::ranges::find(of_peers, assignment.key) != of_peers.end();
    });
}

class NetdevReader {
public:
    NetdevReader(const std::vector<SourceFile>& files, const Surroundings& around, Inputs& inputs)
        : files_(files), around_(around),
          reading_{around, inputs, report_, result_.sealed, networkd_reads_} {}

    Netdev run() {
        each_section([&](const SourceFile& file, const IniSection& section) {
            if (section.name == "Match")
                take_match(file, section);
            else if (section.name == "NetDev")
                take_netdev(file, section);
        });
        result_.outcome = outcome();
        if (result_.outcome == Netdev::Outcome::declares)
            read_declaration();
        else if (result_.outcome == Netdev::Outcome::broken)
            result_.problems = report_.take();
        hide_keys(result_.problems);
        hide_keys(result_.unsaid);
        return std::move(result_);
    }

    void hold() { result_.declaration.held = true; }
    void keep_peers() { result_.declaration.keeps_peers = true; }
    Report& report() { return report_; }

private:
    template <typename Visit> void each_section(Visit visit) {
        for (const auto& file : files_)
            for (const auto& section : file.ini.sections())
                visit(file, section);
    }

    void take_match(const SourceFile& file, const IniSection& section) {
        for (const auto& assignment : section.assignments) {
            const Location where{file.path, assignment.line};
            if (!conditions_.assign(assignment.key, assignment.value))
                report_.unknown_key(where, assignment, section.name);
            else if (assignment.value != own_credential)
                leave_unsaid(where, assignment, section.name);
        }
    }

    void leave_unsaid(const Location& where, const IniAssignment& assignment,
                      std::string_view section) {
        if (!assignment.value.empty())
            result_.unsaid.push_back(
                {Severity::note, where.to_string(),
                 fmt::format("{}= of [{}] is left out", assignment.key, section)});
    }

    void take_netdev(const SourceFile& file, const IniSection& section) {
        for (const auto& assignment : section.assignments) {
            const Location where{file.path, assignment.line};
            if (assignment.key == "Name")
                take_name(where, assignment);
            else if (assignment.key == "Kind")
                take_kind(where, assignment.value);
            else if (assignment.key == "MTUBytes")
                take_mtu(where, assignment);
            else if (assignment.key == "Description" || assignment.key == "MACAddress")
                leave_unsaid(where, assignment, section.name);
            else
                report_.unknown_key(where, assignment, section.name);
        }
    }

    void take_name(const Location& where, const IniAssignment& assignment) {
        const auto value = assignment.value;
        if (!value.empty() && !is_device_name(value))
            return report_.refused(
                where, assignment,
                fmt::format(
                    "Name={} cannot be the name of a network device (1 to 15 characters, no "
                    "\"/\", \":\", \"%\" or space)",
                    excerpt(value)),
                {});
        if (const auto fits = check_device_name(value); !value.empty() && !fits)
            return report_.error(
                where, fmt::format("Name= is of no use to wgnl: {}", fits.error().detail()));
        result_.declaration.device = value;
    }

    /// The first kind that networkd knows counts; what it does not know, it passes over.
    void take_kind(const Location& where, std::string_view value) {
        if (!is_known_kind(value))
            return unknown_kinds_.push_back({where, std::string(value)});
        if (kind_.empty())
            kind_ = value;
        else if (kind_ != value)
            report_.warning(where, fmt::format("Kind={} differs from the Kind={} above and is "
                                               "ignored",
                                               excerpt(value), excerpt(kind_)));
    }

    /// Whether somebody meant WireGuard and no kind counts.
    bool is_kind_misspelt() const {
        return kind_.empty() && std::ranges::any_of(unknown_kinds_, [](const UnknownKind& unknown) {
                   return is_misspelt(unknown.value);
               });
    }

    void note_unknown_kinds() {
        for (const auto& [where, value] : unknown_kinds_) {
            if (!kind_.empty())
                report_.warning(where, fmt::format("Kind={} is no kind of networkd's, and is "
                                                   "ignored",
                                                   excerpt(value)));
            else if (is_misspelt(value))
                report_.error(where, reason_of_misspelt(value));
        }
    }

    void take_mtu(const Location& where, const IniAssignment& assignment) {
        const auto value = assignment.value;
        constexpr std::uint64_t smallest = 68;
        auto& mtu = result_.declaration.mtu;
        auto size = parse_size(value, std::numeric_limits<std::uint32_t>::max());
        if (size && *size >= smallest)
            mtu = static_cast<std::uint32_t>(*size);
        else
            report_.refused(
                where, assignment,
                fmt::format("MTUBytes={} is not a number of at least 68", excerpt(value)),
                "; it is ignored");
    }

    Netdev::Outcome outcome() {
        // A file that names no kind may be one that was cut: it is not about something else.
        const bool misspelt = is_kind_misspelt();
        const bool other_kind = kind_.empty() ? !unknown_kinds_.empty() && !misspelt &&
                                                    !unknown_kinds_.back().value.empty()
                                              : kind_ != "wireguard";
        verdict_ = conditions_.verdict(around_.host);
        if (other_kind || verdict_ == Verdict::differs)
            return Netdev::Outcome::not_for_us;
        const auto& path = files_.front().path;
        note_unknown_kinds();
        if (kind_.empty() && !misspelt)
            report_.error({path, 0}, "there is no Kind=wireguard in [NetDev]; nothing is declared");
        if (result_.declaration.device.empty())
            report_.error({path, 0}, "there is no usable Name= in [NetDev]; nothing is declared");
        const bool broken = kind_.empty() || result_.declaration.device.empty();
        return broken ? Netdev::Outcome::broken : Netdev::Outcome::declares;
    }

    void read_declaration() {
        result_.asks_for_own = conditions_.asks_for_own();
        networkd_reads_ =
            !result_.asks_for_own && place_of(around_.root, files_.front().path) == Place::networkd;
        result_.declaration.where = files_.front().path;
        note_unheard();
        note_doubt();
        note_lines();
        read_sections();
        result_.declaration.problems = report_.take();
        hide_keys(result_.declaration.problems, is_peer_of(result_.declaration));
    }

    void note_unheard() {
        for (const auto& key : conditions_.unheard(around_.host))
            report_.warning({files_.front().path, 0},
                            fmt::format("the systemd of this machine does not know {}= in [Match], "
                                        "which is ignored as networkd ignores it",
                                        key));
    }

    /// Whether networkd loads the file cannot be known: nothing of the device is touched.
    void note_doubt() {
        if (verdict_ != Verdict::unknown)
            return;
        hold();
        report_.error({files_.front().path, 0},
                      fmt::format("wgnl cannot decide the condition {} in [Match]; the device is "
                                  "left as it is",
                                  conditions_.doubt(around_.host)));
    }

    void note_lines() {
        for (const auto& file : files_) {
            for (const auto& complaint : file.ini.complaints())
                report_.warning({file.path, complaint.line}, complaint.text);
            if (const auto& defect = file.ini.defect()) {
                hold();
                report_.error({file.path, defect->line},
                              fmt::format("{}; the device is left as it is", defect->text));
            }
        }
    }

    void read_sections() {
        DeviceSection device(reading_);
        std::vector<PeerDraft> drafts;
        each_section([&](const SourceFile& file, const IniSection& section) {
            if (may_mean_a_peer(section))
                keep_peers();
            if (section.name == "WireGuard")
                device.take(file, section);
            else if (section.name == "WireGuardPeer")
                add_peer(file, section, drafts);
            else if (section.name == "X-Wgnl")
                take_extension(file, section);
            else
                check_section(file, section);
        });
        auto& declaration = result_.declaration;
        device.finish(files_.front().path, declaration);
        result_.listen_port_where = device.listen_port_where();
        std::optional<PublicKey> own_key;
        if (declaration.private_key)
            own_key = public_key_of(*declaration.private_key);
        declaration.peers = settle_claims(std::move(drafts), own_key, report_);
    }

    void add_peer(const SourceFile& file, const IniSection& section,
                  std::vector<PeerDraft>& drafts) {
        result_.peer_files.insert(file.path);
        auto& draft = drafts.emplace_back(read_peer(file, section, reading_));
        if (!draft.named || draft.named_twice)
            keep_peers();
    }

    void check_section(const SourceFile& file, const IniSection& section) {
        if (section.name.empty() && !section.assignments.empty())
            return report_.warning({file.path, section.assignments.front().line},
                                   "what stands before any section is ignored");
        if (std::ranges::find(known_sections, section.name) == known_sections.end() &&
            !section.name.starts_with("X-"))
            report_.warning({file.path, section.line},
                            fmt::format("[{}] is no section of a WireGuard .netdev file and is "
                                        "ignored",
                                        excerpt(section.name)));
    }

    void take_extension(const SourceFile& file, const IniSection& section) {
        for (const auto& assignment : section.assignments) {
            const Location where{file.path, assignment.line};
            if (assignment.key == "Mode")
                take_mode(where, assignment.value);
            else if (assignment.key == "Strict")
                take_switch(where, assignment, result_.declaration.strict);
            else if (assignment.key == "Private")
                take_switch(where, assignment, result_.declaration.is_private);
            else
                report_.unknown_key(where, assignment, section.name);
        }
    }

    void take_mode(const Location& where, std::string_view value) {
        if (auto mode = parse_mode(value)) {
            result_.requested_mode = mode;
            result_.requested_mode_where = where.to_string();
            return;
        }
        // The safe reading of an unreadable wish is the one that writes nothing.
        report_.error(where, fmt::format("Mode={} is not \"observe\", \"sync\" or \"own\"; the "
                                         "device is left as it is",
                                         excerpt(value)));
        hold();
    }

    void take_switch(const Location& where, const IniAssignment& assignment, bool& value) {
        if (auto on = parse_boolean(assignment.value))
            value = *on;
        else
            report_.error(where, fmt::format("{}={} is neither yes nor no; it is ignored",
                                             assignment.key, excerpt(assignment.value)));
    }

    const std::vector<SourceFile>& files_;
    const Surroundings& around_;
    Report report_{};
    Netdev result_{};
    Reading reading_;
    Conditions conditions_{};
    Verdict verdict_{Verdict::applies};
    bool networkd_reads_{true};
    std::string kind_{}; ///< of those that networkd knows
    struct UnknownKind {
        Location where;
        std::string value;
    };
    std::vector<UnknownKind> unknown_kinds_{};
};

struct ReadFiles {
    std::vector<SourceFile> files{};
    std::vector<Problem> unreadable{};
};

void read_into(const std::string& path, ReadFiles& read) {
    auto file = read_file(path);
    if (file.state == FileState::unreadable)
        read.unreadable.push_back({Severity::error, printable(path),
                                   fmt::format("the file cannot be read ({}){}; the device is left "
                                               "as it is",
                                               file.why, hint_for_unreadable(file.error))});
    if (file.state == FileState::present)
        read.files.push_back(
            {path, label_of(path), IniFile::parse(std::move(file.text)), file.readable_by_all});
}

} // namespace

std::optional<SecretText> Reading::credential(std::string_view name, std::string& lack) const {
    auto text = read_credential(around.host, name, inputs);
    if (text)
        return std::move(*text);
    (text.error().sealed ? sealed : lack) = std::move(text.error().reason);
    return std::nullopt;
}

Surroundings Surroundings::current(const Root& root, Inputs& inputs, SystemdQuery ask_systemd) {
    inputs.files.insert(root / "/etc/machine-info");
    return {root, Host::current(root, std::move(ask_systemd)), RouteTables::load(root, inputs)};
}

Netdev parse_netdev(const std::vector<SourceFile>& files, const Surroundings& around,
                    Inputs& inputs) {
    return NetdevReader(files, around, inputs).run();
}

Netdev read_netdev(const UnitFile& unit, const Surroundings& around, Inputs& inputs) {
    ReadFiles read;
    read_into(unit.path, read);
    if (read.files.empty())
        return {.outcome = Netdev::Outcome::broken, .problems = std::move(read.unreadable)};
    for (const auto& dropin : unit.dropins)
        read_into(dropin, read);
    NetdevReader reader(read.files, around, inputs);
    if (!read.unreadable.empty())
        reader.hold();
    auto netdev = reader.run();
    auto& problems =
        netdev.outcome == Netdev::Outcome::declares ? netdev.declaration.problems : netdev.problems;
    if (netdev.outcome != Netdev::Outcome::not_for_us)
        problems.insert(problems.begin(), read.unreadable.begin(), read.unreadable.end());
    return netdev;
}

} // namespace wgnl::networkd
