// SPDX-License-Identifier: LGPL-2.1-or-later
// Which list counts, whatever a store does: none that is forged, cut, expired, older or another's
// is taken, and what was good stays.
#include <functional>

#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "list_signing.hpp"
#include "networkd/lists/list_choice.hpp"
#include "tree.hpp"

namespace wgnl::networkd::test {
namespace {

using testing::list_text;
using testing::SigningKey;

const SigningKey alice(1);
const SigningKey mallory(2);
constexpr const char* path = "/run/wgnl-peers/office.peers";

std::string text_with(std::uint64_t serial, std::uint8_t peer, const char* name = "office") {
    return list_text(name, serial, peer_section(peer), "2027-01-01T00:00:00Z");
}

std::chrono::sys_seconds at(const char* time) { return parse_utc(time).value(); }

class Choice : public ::testing::Test {
protected:
    /// What is chosen of the file as it is; what is fresh is kept, as the service does.
    ListChoice choose() {
        Inputs inputs;
        const ListRules rules{"wg0", signers_, now_, &kept_, nullptr, is_bystander_};
        auto choice = choose_list(path, rules, tree_.root(), inputs);
        EXPECT_TRUE(inputs.files.contains(tree_ / path));
        if (!choice.fresh.empty()) {
            const auto kept = kept_.keep("wg0", choice.name, choice.fresh);
            EXPECT_EQ(kept.has_value(), !kept_.has_unwritten());
        }
        return choice;
    }
    ListChoice choose(std::string_view value) {
        tree_.write(path, value);
        return choose();
    }
    void reboot() { kept_ = KeptLists(tree_ / "/state"); }

    void SetUp() override { std::filesystem::create_directories(tree_ / "/state"); }

    Tree tree_{};
    std::vector<ListSigner> signers_{alice.signer()};
    std::chrono::sys_seconds now_{at("2026-06-01T00:00:00Z")};
    KeptLists kept_{tree_ / "/state"};
    bool is_bystander_{false};
};

std::uint64_t serial_of(const ListChoice& choice) {
    return choice.list ? choice.list->list.serial : 0;
}

TEST_F(Choice, TakesAGoodListAndEachNewerOne) {
    const auto first = choose(alice.sign(text_with(1, 1)));
    EXPECT_EQ(serial_of(first), 1U);
    EXPECT_TRUE(first.is_of_file);
    EXPECT_EQ(lines(first.problems), "");

    const auto second = choose(alice.sign(text_with(5, 2)));
    EXPECT_EQ(serial_of(second), 5U);
    EXPECT_EQ(second.list->list.peers.front().peer.public_key, public_key(2));

    const auto again = choose();
    EXPECT_EQ(serial_of(again), 5U);
    EXPECT_TRUE(again.is_of_file);
    EXPECT_EQ(again.fresh, "") << "it is kept already";
    EXPECT_EQ(lines(again.problems), "");
}

struct Attack {
    const char* name;
    std::function<std::string()> value;
    const char* said;
};
void PrintTo(const Attack& attack, std::ostream* out) { *out << attack.name; }

std::string flipped() {
    auto text = alice.sign(text_with(6, 2));
    text[text.find("PublicKey=") + 10] ^= 1;
    return text;
}

const Attack attacks[] = {
    {"an older list", [] { return alice.sign(text_with(4, 2)); },
     "it is an older list: its Serial= is 4, and 5 was here already"},
    {"another of the same serial", [] { return alice.sign(text_with(5, 2)); },
     "it is another list of the same Serial=5"},
    {"a flipped bit", flipped, "the signature is not of this text"},
    {"a cut one",
     [] {
         auto text = alice.sign(text_with(6, 2));
         return text.substr(0, text.size() - 40);
     },
     "was cut"},
    {"an empty file", [] { return std::string(); }, "the file is empty: it was cut"},
    {"a stranger's", [] { return mallory.sign(text_with(6, 2)); },
     "which is none of the keys that may sign it"},
    {"one for files", [] { return alice.sign(text_with(6, 2), {.scope = "file"}); },
     "the signature is made for file"},
    {"one that expired",
     [] { return alice.sign(list_text("office", 6, "", "2026-05-31T00:00:00Z")); },
     "it expired at 2026-05-31T00:00:00Z"},
    {"the list of another name", [] { return alice.sign(text_with(6, 2, "lab")); },
     "it is the list lab, and not office"},
    {"two lists mixed", [] { return text_with(6, 2) + alice.armor(text_with(7, 3)); },
     "the signature is not of this text"},
    {"two lists in a row", [] { return alice.sign(text_with(6, 2)) + alice.sign(text_with(7, 3)); },
     "more follows its signature"},
    {"changed line ends", [] { return alice.sign("[X-PeerList]\r\n"); }, "carriage returns"},
    {"one that is no list", [] { return alice.sign("[WireGuard]\n"); }, "has no place in a list"},
    {"one that is too large",
     [] { return alice.sign(text_with(6, 2) + std::string(PeerListLimits{}.bytes, '#')); },
     "the file cannot be read"},
};

class StoreThatLies : public Choice, public ::testing::WithParamInterface<Attack> {};

TEST_P(StoreThatLies, ChangesNothingAndIsTold) {
    ASSERT_EQ(serial_of(choose(alice.sign(text_with(5, 1)))), 5U);

    for (const bool after_a_reboot : {false, true}) {
        if (after_a_reboot)
            reboot();
        const auto choice = choose(GetParam().value());
        EXPECT_EQ(serial_of(choice), 5U);
        EXPECT_EQ(choice.list->list.peers.front().peer.public_key, public_key(1));
        EXPECT_EQ(choice.fresh, "");
        ASSERT_EQ(choice.problems.size(), 1U);
        const auto& problem = choice.problems.front();
        EXPECT_EQ(problem.severity, Severity::error);
        EXPECT_EQ(problem.location.file, path);
        EXPECT_TRUE(problem.text.contains(GetParam().said)) << problem.text;
        EXPECT_TRUE(problem.text.ends_with("; the peers of serial 5 stay")) << problem.text;
    }
}

TEST_P(StoreThatLies, GetsNothingInOnAFreshMachine) {
    const std::string_view name = GetParam().name;
    if (name.starts_with("an older") || name.starts_with("another"))
        return; // nobody there can know
    const auto choice = choose(GetParam().value());
    EXPECT_FALSE(choice.list);
    ASSERT_EQ(choice.problems.size(), 1U);
    EXPECT_TRUE(choice.problems.front().text.ends_with("no peer of this device is removed"))
        << choice.problems.front().text;
}

INSTANTIATE_TEST_SUITE_P(All, StoreThatLies, ::testing::ValuesIn(attacks), [](const auto& one) {
    std::string name(one.param.name);
    std::erase_if(name, [](char c) { return c < 'a' || c > 'z'; });
    return name;
});

TEST_F(Choice, KeepsTheListOfAFileThatWent) {
    choose(alice.sign(text_with(5, 1)));
    tree_.remove("/run");
    reboot();

    const auto choice = choose();

    EXPECT_EQ(serial_of(choice), 5U);
    EXPECT_FALSE(choice.is_of_file);
    EXPECT_EQ(lines(choice.problems),
              "/run/wgnl-peers/office.peers: warning: the list does not count: there is no such "
              "file; the peers of serial 5 stay\n");
}

TEST_F(Choice, KeepsAListThatExpiresAndSaysSo) {
    choose(alice.sign(text_with(5, 1)));
    now_ = at("2027-01-01T00:00:01Z");

    const auto choice = choose();

    EXPECT_EQ(serial_of(choice), 5U);
    EXPECT_EQ(lines(choice.problems),
              "/run/wgnl-peers/office.peers: error: the list office expired at "
              "2027-01-01T00:00:00Z and no newer one has come; the peers of its serial 5 stay\n");
}

TEST_F(Choice, BelievesNothingThatWasKeptUnverified) {
    choose(alice.sign(text_with(5, 1)));
    tree_.write("/state/wg0:office.peers", mallory.sign(text_with(9, 3)));
    reboot();

    EXPECT_EQ(serial_of(choose(alice.sign(text_with(6, 2)))), 6U);
}

TEST_F(Choice, TakesAListSignedAnewByAnotherSigner) {
    choose(alice.sign(text_with(5, 1)));
    signers_ = {alice.signer(), mallory.signer()};
    const auto same = choose(mallory.sign(text_with(5, 1)));
    EXPECT_EQ(lines(same.problems), "");

    signers_ = {mallory.signer()};
    EXPECT_EQ(serial_of(choose()), 5U);
}

TEST_F(Choice, OfASignerWhoIsNoLongerNamedNothingCountsNotEvenTheSerial) {
    choose(alice.sign(text_with(1000, 1)));
    signers_ = {mallory.signer()};
    const auto gone = choose();
    EXPECT_FALSE(gone.list);
    ASSERT_EQ(gone.problems.size(), 1U);
    EXPECT_TRUE(gone.problems.front().text.contains("nor does the one that was good before"));

    EXPECT_EQ(serial_of(choose(mallory.sign(text_with(2, 1)))), 2U);
}

TEST_F(Choice, TakesNoListWhileItCannotBeKnownWhatWasGood) {
    choose(alice.sign(text_with(5, 1)));
    tree_.remove("/state/wg0:office.peers");
    std::filesystem::create_directories(tree_ / "/state/wg0:office.peers"); // no file to be read
    reboot();

    const auto choice = choose(alice.sign(text_with(4, 1)));

    EXPECT_FALSE(choice.list);
    ASSERT_EQ(choice.problems.size(), 1U);
    EXPECT_TRUE(choice.problems.front().text.contains("cannot be read from"))
        << lines(choice.problems);
}

TEST_F(Choice, HoldsTheSerialThoughItCouldNotBeWritten) {
    kept_ = KeptLists(tree_ / "/nowhere");
    EXPECT_FALSE(kept_.keep("wg0", "office", alice.sign(text_with(5, 1))));

    EXPECT_EQ(serial_of(choose(alice.sign(text_with(4, 2)))), 5U);
}

TEST_F(Choice, TellsThatAListCouldNotBeWrittenUntilItIs) {
    std::filesystem::remove(tree_ / "/state");
    const auto list = alice.sign(text_with(5, 1));
    choose(list);
    for (int look = 0; look < 2; ++look) {
        kept_.retry();
        EXPECT_TRUE(kept_.has_unwritten());
        EXPECT_TRUE(lines(choose().problems).contains("the list of serial 5 cannot be kept"))
            << lines(choose().problems);
    }

    std::filesystem::create_directories(tree_ / "/state");
    kept_.retry();

    EXPECT_FALSE(kept_.has_unwritten());
    EXPECT_EQ(lines(choose().problems), "");
    reboot();
    EXPECT_EQ(serial_of(choose(alice.sign(text_with(4, 1)))), 5U);
}

TEST_F(Choice, BeginsAnewWhereSomebodyRemovedWhatWasKept) {
    choose(alice.sign(text_with(5, 1)));
    EXPECT_EQ(serial_of(choose(alice.sign(text_with(4, 1)))), 5U);
    tree_.remove("/state/wg0:office.peers");
    EXPECT_EQ(serial_of(choose()), 4U);
}

TEST_F(Choice, WaitsForTheClockWhereItExpired) {
    EXPECT_FALSE(choose(alice.sign(text_with(5, 1))).waits_for_clock);
    now_ = at("2027-01-01T00:00:01Z");
    EXPECT_TRUE(choose().waits_for_clock);
    EXPECT_TRUE(choose(alice.sign(text_with(6, 1))).waits_for_clock);
    now_ = at("2026-06-01T00:00:00Z");
    const auto later = choose();
    EXPECT_FALSE(later.waits_for_clock);
    EXPECT_EQ(serial_of(later), 6U);
}

/// While it lives, files are opened as nobody, if that can be.
class AsNobody {
public:
    AsNobody() : before_(::setfsuid(65534)) {}
    AsNobody(const AsNobody&) = delete;
    AsNobody& operator=(const AsNobody&) = delete;
    ~AsNobody() { ::setfsuid(static_cast<uid_t>(before_)); }

private:
    int before_;
};

TEST_F(Choice, IsJudgedAloneByWhoMayNotReadWhatWasKept) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "only root can be forbidden anything by acting as somebody else";
    choose(alice.sign(text_with(5, 1)));
    using std::filesystem::perms;
    for (const auto* open : {"", "/run", "/run/wgnl-peers", path})
        std::filesystem::permissions(tree_ / open,
                                     perms::group_read | perms::group_exec | perms::others_read |
                                         perms::others_exec,
                                     std::filesystem::perm_options::add);
    std::filesystem::permissions(tree_ / "/state", perms::owner_all);
    const AsNobody nobody;

    const auto service = choose();
    is_bystander_ = true;
    const auto other = choose();

    EXPECT_FALSE(service.list);
    EXPECT_FALSE(lines(service.problems).contains("or remove")) << lines(service.problems);
    EXPECT_EQ(serial_of(other), 5U);
    ASSERT_EQ(other.problems.size(), 1U);
    EXPECT_EQ(other.problems[0].severity, Severity::note);
}

TEST(ListName, IsThatOfTheFile) {
    EXPECT_EQ(list_name_of("/run/wgnl-peers/office.peers"), "office");
    EXPECT_EQ(list_name_of("/run/wgnl-peers/office"), "office");
    Inputs inputs;
    const auto choice = choose_list("/run/Office!", {}, Root("/nowhere"), inputs);
    EXPECT_TRUE(lines(choice.problems).contains("is no name of a list")) << lines(choice.problems);
}

TEST(KeptLists, AreFilesOfTheServiceAlone) {
    const Tree tree;
    std::filesystem::create_directories(tree / "/state");
    KeptLists lists(tree / "/state");
    ASSERT_TRUE(lists.keep("wg0", "office", "text"));

    struct stat info{};
    ASSERT_EQ(::stat(lists.path_of("wg0", "office").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
    EXPECT_EQ(KeptLists(tree / "/state").find("wg0", "office").value(), "text");
    EXPECT_EQ(KeptLists(tree / "/state").find("wg1", "office").value(), std::nullopt);
}

} // namespace
} // namespace wgnl::networkd::test
