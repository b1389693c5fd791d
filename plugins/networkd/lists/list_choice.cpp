// SPDX-License-Identifier: LGPL-2.1-or-later
// The judgement of a list: first what was kept, then the file against it.
#include "networkd/lists/list_choice.hpp"

#include <utility>

#include <fmt/format.h>

#include <wgnl/text.hpp>

namespace wgnl::networkd {
namespace {

constexpr std::string_view suffix = ".peers";
constexpr std::string_view key = "Peers";
constexpr std::string_view move_it =
    "have it carried to a folder that wgnl-networkd sees, such as /run/wgnl-peers";

/// Why a list does not count, and what to do.
struct Refusal {
    std::string why{};
    std::string hint{};
};

class ListJudge {
public:
    ListJudge(const std::string& path, const ListRules& rules, const Root& root, Inputs& inputs)
        : path_(path), rules_(rules), root_(root), inputs_(inputs) {}

    ListChoice run() {
        result_.name = list_name_of(path_);
        if (!is_list_name(result_.name)) {
            refuse({"its file's name is no name of a list: small letters, digits, \"-\", \"_\" and "
                    "\".\", and \".peers\" behind them",
                    "name the file after the list"});
            return std::move(result_);
        }
        inputs_.files.insert(root_ / path_);
        const ActingAs service(rules_.judge);
        auto file = read_file(root_ / path_, PeerListLimits{}.bytes);
        if (take_kept())
            judge(file);
        return std::move(result_);
    }

private:
    /// False if it cannot be known what was kept: then no list can be told to be a newer one.
    bool take_kept() {
        auto text = rules_.kept == nullptr ? std::optional<std::string>{} : find_kept();
        if (unknown_)
            return false;
        if (!text)
            return true;
        auto list = read(*text);
        if (list) {
            result_.list = std::move(*list);
            kept_text_ = std::move(*text);
            note_unwritten();
        } else {
            kept_refusal_ = std::move(list.error().why);
        }
        return true;
    }

    std::optional<std::string> find_kept() {
        auto text = rules_.kept->find(rules_.device, result_.name);
        if (text)
            return *std::move(text);
        // Only the service and root may look into its folder, which is no fault of a list.
        unknown_ = !text.error().is_forbidden || !rules_.is_bystander;
        if (!unknown_)
            add(Severity::note,
                "what wgnl-networkd kept of this list is not for this user to read: the file is "
                "judged alone, and whether it is older than that is not known",
                "run this as root");
        else
            refuse({fmt::format(
                        "the list that was good before cannot be read from {} ({}), and without "
                        "it nobody can tell which list is newer",
                        printable(rules_.kept->path_of(rules_.device, result_.name)),
                        text.error().why),
                    "have user systemd-network read it: chown systemd-network, chmod 0600"});
        return std::nullopt;
    }

    void note_unwritten() {
        if (rules_.kept == nullptr || !result_.list)
            return;
        if (const auto why = rules_.kept->why_unwritten(rules_.device, result_.name); !why.empty())
            add(Severity::error,
                fmt::format("the list of serial {} cannot be kept ({}): after a restart an older "
                            "one might count; it is tried again",
                            result_.list->list.serial, printable(why)),
                "make room, or have user systemd-network write that folder");
    }

    /// The caller sees it, and the service for which it judges does not.
    bool is_unseen() const { return rules_.judge != nullptr && is_hidden_home(path_); }

    static std::optional<Refusal> refusal_of_home() {
        return Refusal{"wgnl-networkd does not see /home, /root and /run/user (ProtectHome=yes)",
                       std::string(move_it)};
    }

    void judge(const FileText& file) {
        if (!is_unseen() && file.state == FileState::present && file.text.view() == kept_text_) {
            result_.is_of_file = true;
            return note_age();
        }
        auto refusal = is_unseen()                        ? refusal_of_home()
                       : file.state == FileState::present ? take_fresh(file.text.view())
                                                          : refusal_of_state(file);
        if (refusal)
            refuse(std::move(*refusal), file.state == FileState::absent && result_.list
                                            ? Severity::warning
                                            : Severity::error);
        if (refusal && result_.list)
            note_age();
    }

    /// Whatever is not there or cannot be read.
    std::optional<Refusal> refusal_of_state(const FileText& file) const {
        constexpr std::string_view ask = "see to what carries it here: \"systemctl status\" of its "
                                         "unit, or put the file there";
        if (file.state == FileState::absent || file.state == FileState::masked)
            return Refusal{"there is no such file",
                           is_hidden_home(path_) ? std::string(move_it) : std::string(ask)};
        if (file.state == FileState::empty)
            return Refusal{"the file is empty: it was cut", std::string(ask)};
        return Refusal{fmt::format("the file cannot be read ({}){}", file.why,
                                   hint_for_unreadable(file.error)),
                       {}};
    }

    std::expected<SignedPeerList, Refusal> read(std::string_view text) const {
        auto list = read_signed_list(text, rules_.signers, result_.name);
        if (!list)
            return std::unexpected(Refusal{list.error().detail(),
                                           "have it signed again by a key of PeersSigner=, and "
                                           "carried whole: \"wgnl peers check\" tells"});
        if (list->list.name != result_.name)
            return std::unexpected(
                Refusal{fmt::format("it is the list {}, and not {}", list->list.name, result_.name),
                        "put each list into the file of its name"});
        return *std::move(list);
    }

    /// Takes the list of the file, or tells why not.
    std::optional<Refusal> take_fresh(std::string_view text) {
        auto fresh = read(text);
        if (!fresh)
            return std::move(fresh.error());
        const auto serial = fresh->list.serial;
        const auto before = result_.list ? result_.list->list.serial : 0;
        if (serial < before)
            return Refusal{fmt::format("it is an older list: its Serial= is {}, and {} was here "
                                       "already",
                                       serial, before),
                           "a list that goes back to what was before has a larger serial all the "
                           "same: raise it, and sign it again"};
        // The same list may be signed anew, as where signers change.
        if (serial == before && fresh->list != result_.list->list)
            return Refusal{fmt::format("it is another list of the same Serial={}", serial),
                           "raise the serial with each change, and sign it again"};
        result_.waits_for_clock = fresh->list.not_after < rules_.now;
        if (result_.waits_for_clock)
            return Refusal{fmt::format("it expired at {}", to_utc(fresh->list.not_after)),
                           "sign a list with a later NotAfter= and a larger serial; look at the "
                           "clock of this machine"};
        result_.list = *std::move(fresh);
        result_.is_of_file = true;
        result_.fresh = text;
        return std::nullopt;
    }

    void note_age() {
        const auto& list = result_.list->list;
        const bool is_over = list.not_after < rules_.now;
        result_.waits_for_clock = result_.waits_for_clock || is_over;
        if (is_over)
            add(Severity::error,
                fmt::format("the list {} expired at {} and no newer one has come; the peers of its "
                            "serial {} stay",
                            list.name, to_utc(list.not_after), list.serial),
                "sign a list with a later NotAfter= and a larger serial; whether the store holds "
                "one back, ask who signs");
    }

    void refuse(Refusal refusal, Severity severity = Severity::error) {
        const auto rest =
            result_.list ? fmt::format("the peers of serial {} stay", result_.list->list.serial)
                         : std::string("no list of that name counts, and until one does no peer of "
                                       "this device is removed");
        const auto kept =
            kept_refusal_.empty()
                ? std::string{}
                : fmt::format("; nor does the one that was good before: {}", kept_refusal_);
        add(severity, fmt::format("the list does not count: {}{}; {}", refusal.why, kept, rest),
            std::move(refusal.hint));
    }

    void add(Severity severity, std::string text, std::string hint) {
        result_.problems.push_back({.severity = severity,
                                    .location = {printable(path_)},
                                    .text = std::move(text),
                                    .hint = std::move(hint),
                                    .key = std::string(key)});
    }

    const std::string& path_;
    const ListRules& rules_;
    const Root& root_;
    Inputs& inputs_;
    ListChoice result_{};
    std::string kept_text_{};
    std::string kept_refusal_{};
    bool unknown_{false};
};

} // namespace

std::string list_name_of(const std::string& path) {
    auto name = base_name(path);
    if (name.ends_with(suffix))
        name.remove_suffix(suffix.size());
    return std::string(name);
}

ListChoice choose_list(const std::string& path, const ListRules& rules, const Root& root,
                       Inputs& inputs) {
    return ListJudge(path, rules, root, inputs).run();
}

} // namespace wgnl::networkd
