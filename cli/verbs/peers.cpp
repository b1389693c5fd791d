// SPDX-License-Identifier: LGPL-2.1-or-later
// `wgnl peers`: signed lists, for those who sign them and for those who read them. No daemon is
// asked.
#include <cerrno>
#include <chrono>
#include <map>
#include <ostream>
#include <string>

#include <fmt/format.h>

#include <wgnl/peer_list.hpp>
#include <wgnl/text.hpp>

#include "base/io.hpp"
#include "output/diagnostics.hpp"
#include "verbs.hpp"

namespace wgnl::cli {
namespace {

/// Of a list that is begun.
constexpr std::chrono::days first_life{90};
constexpr std::string_view suffix = ".peers";

std::chrono::sys_seconds now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

Result<std::string> read_value(const std::filesystem::path& file) {
    const auto value = read_regular_file(file.string(), PeerListLimits{}.bytes,
                                         fmt::format("read {}", file.string()));
    if (!value)
        return std::unexpected{value.error()};
    return std::string(value->view());
}

std::string name_of(const std::filesystem::path& file) {
    return (file.extension() == suffix ? file.stem() : file.filename()).string();
}

/// What a node would say of a list as a whole, and of its peers together.
class ListChecker {
public:
    ListChecker(const std::filesystem::path& file, Console& console)
        : file_(file.string()), name_(name_of(file)), console_(console),
          diagnostics_(console.out, console.terminal) {}

    Exit run(std::string_view value) {
        const auto parsed = parse_peer_list(text_of_list(value), file_);
        for (const auto& problem : parsed.problems)
            diagnostics_.print(problem);
        check_signature(value);
        if (parsed.accepted()) {
            check_list(parsed.list);
            print(parsed.list);
        }
        const auto summary = diagnostics_.summary();
        if (!summary.empty())
            console_.err << summary << '\n';
        return summary.empty() ? Exit::done : Exit::found;
    }

private:
    void say(Severity severity, std::uint32_t line, std::string text, std::string hint = {}) {
        diagnostics_.print({severity, {file_, line}, std::move(text), std::move(hint)});
    }

    void check_signature(std::string_view value) {
        const auto signer = signer_in(value);
        if (!signer)
            return say(Severity::error, 0, signer.error().detail());
        signer_ = signer->to_string();
        fingerprint_ = signer->fingerprint();
    }

    void check_list(const PeerList& list) {
        if (list.name != name_)
            say(Severity::error, 0,
                fmt::format("it is the list {}, which no node reads from a file that is named {}",
                            list.name, excerpt(name_)),
                fmt::format("name the file {}{}", list.name, suffix));
        if (list.not_after < now())
            say(Severity::error, 0, fmt::format("it expired at {}", to_utc(list.not_after)),
                "set a later NotAfter=, raise the serial, and sign it again");
        for (const auto& [peer, line] : list.peers)
            check_peer(peer, line);
    }

    void check_peer(const DeclaredPeer& peer, std::uint32_t prefixes_line) {
        if (const auto [first, is_new] = keys_.try_emplace(peer.public_key, peer.location.line);
            !is_new)
            return say(Severity::warning, peer.location.line,
                       fmt::format("the peer of line {} has this public key, and this section is "
                                   "ignored",
                                   first->second));
        for (const auto& prefix : peer.allowed_ips)
            if (const auto [first, is_new] = prefixes_.try_emplace(prefix, prefixes_line); !is_new)
                say(Severity::warning, prefixes_line,
                    fmt::format("{} belongs to the peer of line {}; this peer has to do without it",
                                prefix.to_string(), first->second));
    }

    void print(const PeerList& list) const {
        console_.out << fmt::format("list       {}\nserial     {}\nnot after  {}\npeers      {}\n",
                                    list.name, list.serial, to_utc(list.not_after),
                                    list.peers.size());
        if (!signer_.empty())
            console_.out << fmt::format("signed by  {}\n           {}\n", fingerprint_, signer_);
    }

    std::string file_;
    std::string name_;
    Console& console_;
    Diagnostics diagnostics_;
    std::string signer_{};
    std::string fingerprint_{};
    std::map<PublicKey, std::uint32_t> keys_{};
    std::map<AllowedIp, std::uint32_t> prefixes_{};
};

void print(std::ostream& out, const NamedList& list, const Terminal& terminal) {
    if (list.serial == 0)
        out << fmt::format("{}  {}  no list counts\n", list.device, printable(list.path));
    else
        out << fmt::format(
            "{}  {}  serial {}, not after {}, {} peers, {} kept out\n  signed by {}{}\n",
            list.device, list.name, list.serial, to_utc(list.not_after), list.peers, list.kept_out,
            list.signer, list.is_of_file ? "" : "\n  as it was kept: its file has no such list");
    for (const auto& problem : list.problems)
        out << "  "
            << terminal.paint(problem.severity == Severity::error ? Colour::red : Colour::yellow,
                              to_string(problem))
            << '\n';
}

} // namespace

Exit check_list(Environment& environment, const ListCheckOptions& options) {
    const auto value = read_value(options.file);
    if (!value)
        return report(environment.console, value.error());
    return ListChecker(options.file, environment.console).run(*value);
}

Exit sign_list(Environment& environment, const ListSignOptions& options) {
    auto& console = environment.console;
    const auto list = EditedList::open(options.file);
    if (!list)
        return report(console, list.error());
    const auto value = read_value(list->path());
    if (!value)
        return report(console, value.error());
    std::string text(text_of_list(*value));
    if (!text.ends_with('\n'))
        text += '\n'; // the signature begins a line of its own
    const auto parsed = parse_peer_list(text, options.file.string());
    Diagnostics diagnostics{console.err, console.terminal};
    for (const auto& problem : parsed.problems)
        diagnostics.print(problem);
    if (!parsed.accepted())
        return report(console, Error(Errc::invalid_argument, "sign " + options.file.string(),
                                     "a list with mistakes is not signed: no node would take it"));
    const auto signature = sign_list(text, options.key);
    if (!signature)
        return report(console, signature.error());
    const auto whole = text + *signature;
    if (const auto sound = check_signed(whole, options.file.string()); !sound)
        return report(console, sound.error());
    const auto written = list->replace(whole);
    return written ? Exit::done : report(console, written.error());
}

Exit add_to_list(Environment& environment, const ListAddOptions& options) {
    auto& console = environment.console;
    const auto list = EditedList::open(options.file);
    if (!list)
        return report(console, list.error());
    auto value = read_value(list->path());
    if (!value && value.error().errnum() == ENOENT)
        value = new_list(name_of(options.file), now() + first_life);
    if (!value)
        return report(console, value.error());
    const auto text =
        with_peer(text_of_list(*value), options.peer, options.not_after, options.file.string());
    if (!text)
        return report(console, text.error());
    if (const auto written = list->replace(*text); !written)
        return report(console, written.error());
    console.err << fmt::format("wgnl: now sign it: wgnl peers sign {} --key KEY\n",
                               printable(options.file.string()));
    return Exit::done;
}

Exit show_lists(Environment& environment, const ListShowOptions& options) {
    auto& console = environment.console;
    const auto lists = environment.lists ? environment.lists() : std::vector<NamedList>{};
    bool has_any = false;
    for (const auto& list : lists)
        if (options.device.empty() || list.device == options.device) {
            print(console.out, list, console.terminal);
            has_any = true;
        }
    if (has_any)
        return Exit::done;
    return report(
        console, Error(Errc::not_found, "show lists",
                       options.device.empty()
                           ? std::string("no .netdev file of this machine names one that "
                                         "can be looked at: Peers= and PeersSigner= of "
                                         "[X-Wgnl], see wgnl.netdev(5)")
                           : fmt::format("no file declares {} with one", excerpt(options.device))));
}

} // namespace wgnl::cli
