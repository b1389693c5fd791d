// SPDX-License-Identifier: LGPL-2.1-or-later
// A .netdev file with its drop-ins: first [Match] and [NetDev] of all files, then the rest.
#include "networkd/netdev/netdev.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "networkd/files/text.hpp"
#include "networkd/match/conditions.hpp"
#include "networkd/netdev/keys.hpp"
#include "networkd/netdev/sections.hpp"
#include "networkd/netdev/setting_table.hpp"

namespace wgnl::networkd {
namespace {

constexpr std::array<std::string_view, 4> known_sections{"Match", "NetDev", "WireGuard",
                                                         "WireGuardPeer"};

/// Of those that are supported.
constexpr unsigned oldest_systemd = 252;

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
    NetdevReader(const std::vector<SourceFile>& files, const ReadContext& context, Inputs& inputs)
        : files_(files), context_(context),
          section_context_{context, inputs, problems_, result_.sealed, networkd_reads_} {}

    Netdev run() {
        each_section([&](const SourceFile& file, const IniSection& section) {
            if (section.name == "Match")
                take_match(file, section);
            else if (section.name == "NetDev")
                head_.take(file, section);
        });
        result_.status = find_status();
        if (result_.status == Netdev::Status::declares)
            read_declaration();
        else if (result_.status == Netdev::Status::broken)
            result_.problems = problems_.take();
        hide_keys(result_.problems);
        hide_keys(result_.not_expressible);
        return std::move(result_);
    }

    void keep_as_it_is() { result_.declaration.kept_as_is = true; }
    void keep_peers() { result_.declaration.keeps_peers = true; }
    ProblemCollector& problems() { return problems_; }

private:
    template <typename Visit> void each_section(Visit visit) {
        for (const auto& file : files_)
            for (const auto& section : file.ini.sections())
                visit(file, section);
    }

    void take_match(const SourceFile& file, const IniSection& section) {
        for (const auto& assignment : section.assignments) {
            const auto subject = subject_of(file.path, assignment);
            if (!conditions_.assign(assignment.key, assignment.value))
                report_unknown_key(problems_, subject, assignment, section.name);
            else if (assignment.value != own_credential && !assignment.value.empty())
                result_.not_expressible.push_back(
                    {.severity = Severity::note,
                     .location = subject.location,
                     .text = fmt::format("{}= of [Match] is left out", assignment.key),
                     .key = std::string(assignment.key)});
        }
    }

    Netdev::Status find_status() {
        match_ = conditions_.match(context_.host);
        if (head_.is_of_others() || match_ == MatchResult::differs)
            return Netdev::Status::not_for_us;
        result_.declaration.device = head_.device();
        result_.declaration.mtu = head_.mtu();
        return head_.note_defects(files_.front().path) ? Netdev::Status::declares
                                                       : Netdev::Status::broken;
    }

    void read_declaration() {
        result_.asks_for_own = conditions_.asks_for_own();
        networkd_reads_ =
            !result_.asks_for_own &&
            folder_owner_of(context_.root, files_.front().path) == FolderOwner::networkd;
        result_.declaration.location.file = files_.front().path;
        note_unheard();
        note_doubt();
        note_newer_keys();
        note_lines();
        read_sections();
        result_.declaration.problems = problems_.take();
        hide_keys(result_.declaration.problems, is_peer_of(result_.declaration));
    }

    void note_unheard() {
        for (const auto& key : conditions_.unheard(context_.host))
            problems_.warning(
                {files_.front().path, 0},
                fmt::format("the systemd of this machine does not know {}= in [Match], "
                            "which is ignored as networkd ignores it",
                            key));
    }

    /// networkd ignores a line whose key came later, and with it the peer that it names.
    void note_newer_keys() {
        auto newer = known_keys();
        std::erase_if(newer, [&](const KnownKey& row) {
            return row.section == "Match" || row.since <= oldest_systemd;
        });
        if (networkd_reads_)
            for (const auto& row : newer)
                note_newer_key(row);
    }

    /// Once, where it stands first.
    void note_newer_key(const KnownKey& row) {
        for (const auto& file : files_)
            for (const auto& section : file.ini.sections())
                for (const auto& assignment : section.assignments)
                    if (section.name == row.section && assignment.key == row.key)
                        return note_newer_key(row, subject_of(file.path, assignment));
    }

    void note_newer_key(const KnownKey& row, const Subject& subject) {
        const auto version = context_.host.systemd_version();
        if (version && *version < row.since)
            problems_.warning(subject,
                              fmt::format("systemd-networkd {} does not know {}=, which came "
                                          "with {}: it ignores the line, and wgnl does not",
                                          *version, row.key, row.since));
    }

    /// Whether networkd loads the file cannot be known: nothing of the device is touched.
    void note_doubt() {
        if (match_ != MatchResult::unknown)
            return;
        keep_as_it_is();
        problems_.error({{files_.front().path}},
                        fmt::format("wgnl cannot decide the condition {} in [Match]; the device is "
                                    "left as it is",
                                    conditions_.doubt(context_.host)));
    }

    void note_lines() {
        for (const auto& file : files_) {
            for (const auto& complaint : file.ini.complaints())
                problems_.add(problem_of(file.path, complaint));
            if (const auto& defect = file.ini.defect()) {
                keep_as_it_is();
                auto problem = problem_of(file.path, *defect);
                problem.text += "; the device is left as it is";
                problems_.add(std::move(problem));
            }
        }
    }

    void read_sections() {
        DeviceSection device(section_context_);
        ExtensionSection extension(problems_, result_);
        std::vector<PeerDraft> drafts;
        drafts.reserve(count_peers());
        each_section([&](const SourceFile& file, const IniSection& section) {
            if (may_mean_a_peer(section))
                keep_peers();
            if (section.name != "X-Wgnl")
                extension.take_stray(file, section);
            if (section.name == "WireGuard")
                device.take(file, section);
            else if (section.name == "WireGuardPeer")
                add_peer(file, section, drafts);
            else if (section.name == "X-Wgnl")
                extension.take(file, section);
            else
                check_section(file, section);
        });
        extension.finish();
        auto& declaration = result_.declaration;
        device.finish(files_.front().path, declaration);
        result_.listen_port_location = device.listen_port_location();
        std::optional<PublicKey> own_key;
        if (declaration.private_key)
            own_key = public_key_of(*declaration.private_key);
        ListedAddresses own{.location = extension.lists().address_location};
        if (!add_listed_peers(extension.lists(), section_context_, declaration, result_.lists,
                              drafts, own))
            keep_peers();
        if (extension.lists().gives_addresses)
            result_.listed_addresses = std::move(own);
        declaration.peers = resolve_duplicates(std::move(drafts), own_key, problems_);
    }

    std::size_t count_peers() const {
        std::size_t count = 0;
        for (const auto& file : files_)
            count += static_cast<std::size_t>(std::ranges::count(
                file.ini.sections(), std::string_view("WireGuardPeer"), &IniSection::name));
        return count;
    }

    void add_peer(const SourceFile& file, const IniSection& section,
                  std::vector<PeerDraft>& drafts) {
        result_.peer_files.insert(file.path);
        auto& draft = drafts.emplace_back(PeerSection(file, section, section_context_).run());
        if (!draft.named || draft.named_twice)
            keep_peers();
    }

    void check_section(const SourceFile& file, const IniSection& section) {
        if (section.name.empty() && !section.assignments.empty())
            return problems_.warning({{file.path, section.assignments.front().line}},
                                     "what stands before any section is ignored",
                                     "move it below [NetDev], [WireGuard] or [WireGuardPeer]");
        if (std::ranges::find(known_sections, section.name) == known_sections.end() &&
            !section.name.starts_with("X-"))
            problems_.warning({{file.path, section.line, section.column}},
                              fmt::format("[{}] is no section of a WireGuard .netdev file and is "
                                          "ignored",
                                          excerpt(section.name)),
                              advice_on_section(section.name));
    }

    const std::vector<SourceFile>& files_;
    const ReadContext& context_;
    ProblemCollector problems_{};
    Netdev result_{};
    SectionContext section_context_;
    Conditions conditions_{};
    MatchResult match_{MatchResult::applies};
    bool networkd_reads_{true};
    NetdevSection head_{problems_, result_.not_expressible};
};

struct ReadFiles {
    std::vector<SourceFile> files{};
    std::vector<Problem> unreadable{};
};

void read_into(const std::string& path, ReadFiles& read) {
    auto file = read_file(path);
    if (file.state == FileState::unreadable)
        read.unreadable.push_back({Severity::error,
                                   {printable(path)},
                                   fmt::format("the file cannot be read ({}){}; the device is left "
                                               "as it is",
                                               file.why, hint_for_unreadable(file.error))});
    if (file.state == FileState::present)
        read.files.push_back(
            {path, label_of(path), IniFile::parse(std::move(file.text)), file.readable_by_all});
}

} // namespace

std::optional<SecretText> SectionContext::credential(std::string_view name,
                                                     std::string& lack) const {
    auto text = read_credential(read.host, name, inputs);
    if (text)
        return std::move(*text);
    (text.error().sealed ? sealed : lack) = std::move(text.error().reason);
    return std::nullopt;
}

ReadContext ReadContext::current(const Root& root, Inputs& inputs, SystemdQuery ask_systemd) {
    inputs.files.insert(root / "/etc/machine-info");
    return {.root = root,
            .host = Host::current(root, std::move(ask_systemd)),
            .tables = RouteTables::load(root, inputs),
            .now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()),
            .lists = std::make_shared<KeptLists>(root / kept_lists_folder)};
}

Netdev parse_netdev(const std::vector<SourceFile>& files, const ReadContext& context,
                    Inputs& inputs) {
    return NetdevReader(files, context, inputs).run();
}

Netdev read_netdev(const UnitFile& unit, const ReadContext& context, Inputs& inputs) {
    ReadFiles read;
    read_into(unit.path, read);
    if (read.files.empty())
        return {.status = Netdev::Status::broken, .problems = std::move(read.unreadable)};
    for (const auto& dropin : unit.dropins)
        read_into(dropin, read);
    NetdevReader reader(read.files, context, inputs);
    if (!read.unreadable.empty())
        reader.keep_as_it_is();
    auto netdev = reader.run();
    auto& problems =
        netdev.status == Netdev::Status::declares ? netdev.declaration.problems : netdev.problems;
    if (netdev.status != Netdev::Status::not_for_us)
        problems.insert(problems.begin(), read.unreadable.begin(), read.unreadable.end());
    return netdev;
}

} // namespace wgnl::networkd
