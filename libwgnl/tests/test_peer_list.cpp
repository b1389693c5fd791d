// SPDX-License-Identifier: LGPL-2.1-or-later
// Signed lists: who signed them is told as ssh-keygen tells it, and with any mistake nothing
// counts.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <wgnl/peer_list.hpp>

#include "list_signing.hpp"

namespace wgnl {
namespace {

using testing::list_text;
using testing::SigningKey;
using testing::SignOptions;

const SigningKey alice(1);
const SigningKey mallory(2);

constexpr const char* key_1 = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
constexpr const char* key_2 = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

std::string peer_text(const char* key, std::string_view rest = {}) {
    return fmt::format("[WireGuardPeer]\nPublicKey={}\n{}", key, rest);
}

std::string good_text() {
    return list_text("office", 7,
                     peer_text(key_1, "X-Name=alpha\nAllowedIPs=10.0.0.1/32, fd00::1/128\n"
                                      "Endpoint=a.example:51820\nPersistentKeepalive=25\n") +
                         "# a comment\n" + peer_text(key_2));
}

/// What becomes of a value, in words; empty: it is taken.
std::string refusal(std::string_view value, const PeerListLimits& limits = {}) {
    const std::vector<ListSigner> signers{alice.signer()};
    const auto read = read_signed_list(value, signers, "office", limits);
    return read ? std::string{} : read.error().to_string();
}

TEST(PeerList, IsReadWithEveryValue) {
    const std::vector<ListSigner> signers{mallory.signer(), alice.signer()};

    const auto read = read_signed_list(alice.sign(good_text()), signers, "office");

    ASSERT_TRUE(read) << read.error().to_string();
    EXPECT_EQ(read->signer, alice.signer());
    const auto& list = read->list;
    EXPECT_EQ(list.name, "office");
    EXPECT_EQ(list.serial, 7U);
    EXPECT_EQ(to_utc(list.not_after), "2100-01-01T00:00:00Z");
    ASSERT_EQ(list.peers.size(), 2U);
    const auto& first = list.peers[0].peer;
    EXPECT_EQ(first.public_key.to_base64(), key_1);
    EXPECT_EQ(first.name, "alpha");
    EXPECT_EQ(first.location, (Location{"office", 5}));
    ASSERT_EQ(first.allowed_ips.size(), 2U);
    EXPECT_EQ(first.allowed_ips[1].to_string(), "fd00::1/128");
    EXPECT_EQ(list.peers[0].prefixes_line, 8U);
    EXPECT_EQ(first.endpoint, "a.example:51820");
    EXPECT_EQ(first.persistent_keepalive, 25);
    EXPECT_EQ(list.peers[1].peer.location.line, 12U);
}

TEST(PeerList, IsTakenWithEitherHash) {
    EXPECT_EQ(refusal(alice.sign(good_text(), {.hash = "sha256"})), "");
    EXPECT_EQ(refusal(alice.sign(good_text())), "");
}

struct Attack {
    const char* name;
    std::function<std::string()> value;
    const char* refused_for;
};
void PrintTo(const Attack& attack, std::ostream* out) { *out << attack.name; }

std::string signed_with(const SignOptions& options) { return alice.sign(good_text(), options); }

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    return text.replace(text.find(what), what.size(), by);
}

std::string other_text() { return list_text("office", 8, peer_text(key_2)); }

const Attack attacks[] = {
    {"of a stranger", [] { return mallory.sign(good_text()); }, "none of the keys that may sign"},
    {"for another purpose", [] { return signed_with({.scope = "file"}); },
     "made for file, and not for wgnl-peers"},
    {"for a purpose that begins alike", [] { return signed_with({.scope = "wgnl-peers2"}); },
     "and not for wgnl-peers"},
    {"of an unknown hash", [] { return signed_with({.hash = "sha1"}); }, "another hash"},
    {"with extensions", [] { return signed_with({.reserved = "x"}); }, "extensions"},
    {"of another kind of key", [] { return signed_with({.key_type = "ssh-rsa"}); },
     "no ssh-ed25519 key"},
    {"of a later form", [] { return signed_with({.version = 2}); }, "a later form"},
    {"with something behind it", [] { return signed_with({.trailer = "x"}); },
     "more stands in it than belongs"},
    {"with a changed text",
     [] { return replaced(alice.sign(good_text()), "10.0.0.1", "10.0.0.2"); },
     "is not of this text"},
    {"with the signature of another list", [] { return good_text() + alice.armor(other_text()); },
     "is not of this text"},
    {"two in a row", [] { return alice.sign(good_text()) + alice.sign(other_text()); },
     "more follows its signature"},
    {"two under one signature", [] { return alice.sign(good_text() + other_text()); },
     "[X-PeerList] stands twice"},
    {"not signed", [] { return good_text(); }, "there is no line \"-----BEGIN SSH SIGNATURE"},
    {"with the ends of lines changed",
     [] {
         auto text = alice.sign(good_text());
         for (std::size_t at = 0; (at = text.find('\n', at)) != text.npos; at += 2)
             text.insert(at, "\r");
         return text;
     },
     "carriage returns"},
    {"signed with carriage returns", [] { return alice.sign("[X-PeerList]\r\nName=office\r\n"); },
     "carriage returns"},
    {"with a NUL", [] { return alice.sign(good_text() + std::string("#\0\n", 3)); },
     "control characters"},
    {"empty", [] { return std::string(); }, "there is no line"},
};

class ListAttack : public ::testing::TestWithParam<Attack> {};

TEST_P(ListAttack, IsRefusedAndSaysWhy) {
    const auto said = refusal(GetParam().value());
    EXPECT_NE(said.find(GetParam().refused_for), said.npos) << "said: " << said;
}

INSTANTIATE_TEST_SUITE_P(All, ListAttack, ::testing::ValuesIn(attacks), [](const auto& one) {
    std::string name(one.param.name);
    std::erase(name, ' ');
    return name;
});

TEST(PeerList, IsRefusedWithAnyBitFlipped) {
    const auto good = alice.sign(good_text());
    ASSERT_EQ(refusal(good), "");
    // The last line's end is no part of either.
    for (std::size_t at = 0; at + 1 < good.size(); ++at)
        for (unsigned bit = 0; bit < 8; ++bit) {
            auto bad = good;
            bad[at] = static_cast<char>(static_cast<unsigned char>(bad[at]) ^ 1U << bit);
            ASSERT_NE(refusal(bad), "") << "byte " << at << ", bit " << bit;
        }
}

TEST(PeerList, IsRefusedCutAnywhere) {
    const auto good = alice.sign(good_text());
    for (std::size_t size = 0; size + 1 < good.size(); ++size)
        ASSERT_NE(refusal(std::string_view(good).substr(0, size)), "") << size;
    EXPECT_EQ(refusal(std::string_view(good).substr(0, good.size() - 1)), "")
        << "the end of its last line may be missing, as stores take it away";
    EXPECT_EQ(refusal(good + "\n"), "") << "or there may be one more, as they add it";
    EXPECT_NE(refusal(good + "\n#"), "");
}

TEST(PeerList, IsRefusedBeyondTheLimits) {
    const auto said = [](const PeerListLimits& limits) {
        return refusal(alice.sign(good_text()), limits);
    };
    EXPECT_NE(said({.bytes = 100}).find("larger than 100 bytes"), std::string::npos);
    EXPECT_NE(said({.peers = 1}).find("line 12: there are more than 1 peers"), std::string::npos);
    EXPECT_NE(said({.prefixes = 1}).find("line 8: AllowedIPs= has more than 1"), std::string::npos);
}

struct Mistake {
    std::string text;
    std::string said;
};

const Mistake mistakes[] = {
    {"", "office: error: there is no [X-PeerList] with Name=, Serial= and NotAfter="},
    {"[X-PeerList]\nName=office\nSerial=1\n", "office:1: error: [X-PeerList] has no NotAfter="},
    {list_text("../office", 1), "office:2: error: Name=../office is no name of a list"},
    {list_text("Office", 1), "office:2: error: Name=Office is no name of a list"},
    {list_text("office", 0), "office:3: error: Serial=0 is no whole number"},
    {list_text("office", 1, {}, "2027-02-29T00:00:00Z"), "office:4: error: NotAfter=2027-02-29"},
    {list_text("office", 1, {}, "tomorrow"), "office:4: error: NotAfter=tomorrow is no time"},
    {list_text("office", 1, "Serial=2\n"), "office:5: error: Serial= stands twice"},
    {list_text("office", 1, "[WireGuard]\nListenPort=1\n"), "office:5: error: [WireGuard] has no"},
    {"Name=x\n" + list_text("office", 1), "office: error: what stands before any section"},
    {peer_text(key_1) + list_text("office", 1),
     "office:3: error: [X-PeerList] does not stand first"},
    {list_text("office", 1, "[WireGuardPeer]\n"), "office:5: error: [WireGuardPeer] has no Public"},
    {list_text("office", 1, peer_text("AAAA")), "office:6: error: PublicKey=AAAA"},
    {list_text("office", 1, peer_text(key_1, "PresharedKeyFile=/etc/psk\n")),
     "office:7: error: PresharedKeyFile= has no place in [WireGuardPeer] of a list"},
    {list_text("office", 1, peer_text(key_1, "RouteTable=7\n")),
     "office:7: error: RouteTable= has"},
    {list_text("office", 1, peer_text(key_1, "Endpoint=[fe80::1%eth0]:1\n")),
     "office:7: error: Endpoint=[fe80::1%eth0]:1 names an interface"},
    {list_text("office", 1, peer_text(key_1, "Endpoint=@secret\n")),
     "office:7: error: Endpoint=@s"},
    {list_text("office", 1, peer_text(key_1, "AllowedIPs=10.0.0.1/24\n")),
     "office:7: error: AllowedIPs=10.0.0.1/24 has host bits in 10.0.0.1/24; write 10.0.0.0/24"},
    {list_text("office", 1, peer_text(key_1, "PersistentKeepalive=70000\n")),
     "office:7: error: PersistentKeepalive=70000 is not a number"},
    {list_text("office", 1, "nonsense\n"), "office:5: error: the line cannot be used"},
};

TEST(PeerList, TellsEachMistakeWithItsLine) {
    for (const auto& mistake : mistakes) {
        const auto parsed = parse_peer_list(mistake.text, "office");
        ASSERT_FALSE(parsed.accepted()) << mistake.text;
        const auto said = to_string(parsed.problems.front());
        EXPECT_TRUE(said.starts_with(mistake.said)) << said << "\nof\n" << mistake.text;
    }
}

TEST(PeerList, KeepsNoMoreProblemsThanItMay) {
    std::string text = good_text();
    for (int i = 0; i < 1000; ++i)
        text += "nonsense\n";
    EXPECT_EQ(parse_peer_list(text, "office").problems.size(), PeerListLimits{}.problems);
}

TEST(PeerList, HasTimesOfOneForm) {
    EXPECT_EQ(parse_utc("1970-01-01T00:00:10Z"),
              std::chrono::sys_seconds(std::chrono::seconds(10)));
    for (const char* bad : {"", "2027-01-31", "2027-01-31T12:00:00", "2027-13-01T00:00:00Z",
                            "2027-01-31T24:00:00Z", "2027-01-31 12:00:00Z", "2027-01-31T12:00:0 Z",
                            "2027-01-31T12:00:00Zx", "-027-01-31T12:00:00Z"})
        EXPECT_FALSE(parse_utc(bad)) << bad;
}

TEST(ListSigner, ReadsWhatItWrites) {
    const auto text = alice.signer().to_string();
    const auto read = ListSigner::parse(text + " alice@example");
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, alice.signer());
    for (const auto& bad : {std::string("ssh-ed25519"), text.substr(0, text.size() - 1), text + "=",
                            "ssh-rsa" + text.substr(11), text.substr(12), std::string()})
        EXPECT_FALSE(ListSigner::parse(bad)) << bad;
}

/// What OpenSSH makes of the same: in a folder with keys of its own.
class Openssh : public ::testing::Test {
protected:
    void SetUp() override {
        std::string pattern = "/tmp/wgnl-peer-list-XXXXXX";
        folder_ = ::mkdtemp(pattern.data());
        ASSERT_EQ(run("ssh-keygen -q -t ed25519 -N '' -C somebody -f key"), 0)
            << "install openssh-client";
        signer_ = ListSigner::parse(read("key.pub")).value();
        write("signers", "somebody " + signer_->to_string() + "\n");
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    int run(const std::string& command) const {
        return std::system(fmt::format("cd {} && {} >out 2>&1", folder_.string(), command).c_str());
    }
    void write(const char* name, std::string_view text) const {
        std::ofstream(folder_ / name, std::ios::binary) << text;
    }
    std::string read(const char* name) const {
        std::ifstream file(folder_ / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    std::string signature_of(std::string_view text, const std::string& more = {}) const {
        write("text", text);
        EXPECT_EQ(run("rm -f text.sig; ssh-keygen -Y sign -f key -n wgnl-peers " + more + " text"),
                  0);
        return read("text.sig");
    }
    /// Whether ssh-keygen takes text and signature.
    bool takes(std::string_view text, std::string_view signature) const {
        write("text", text);
        write("sig", signature);
        return run("ssh-keygen -Y verify -f signers -I somebody -n wgnl-peers -s sig <text") == 0;
    }
    bool we_take(std::string_view text, std::string_view signature) const {
        const auto value = std::string(text) + std::string(signature);
        const auto parts = split_signed(value);
        if (!parts || parts->text != text)
            return false;
        const auto signer = signer_of(*parts);
        return signer && *signer == *signer_;
    }

    std::filesystem::path folder_{};
    std::optional<ListSigner> signer_{};
};

TEST_F(Openssh, SignsWhatWeTake) {
    for (const auto& text : {good_text(), std::string("x\n"), list_text("office", 1)})
        for (const char* hash : {"", "-O hashalg=sha256"}) {
            const auto signature = signature_of(text, hash);
            EXPECT_TRUE(we_take(text, signature)) << text << signature;
        }
}

TEST_F(Openssh, NamesKeysAsWeDo) {
    ASSERT_EQ(run("ssh-keygen -l -f key.pub"), 0);
    EXPECT_NE(read("out").find(" " + signer_->fingerprint() + " "), std::string::npos);
}

/// Each change is put before both. We may be stricter: nothing may be taken that OpenSSH refuses.
TEST_F(Openssh, TakesWhateverWeTake) {
    const auto text = good_text();
    const auto good = signature_of(text);
    ASSERT_TRUE(takes(text, good) && we_take(text, good));
    std::size_t both_refused = 0;
    const auto compare = [&](std::string_view what, std::string_view signature) {
        const bool theirs = takes(what, signature);
        const bool ours = we_take(what, signature);
        EXPECT_TRUE(theirs || !ours) << what << signature;
        both_refused += !theirs && !ours ? 1U : 0U;
    };
    // Bits at steps that fall into each part of the signature, which is some 300 bytes.
    for (std::size_t at = 0; at < good.size(); at += 5) {
        auto bad = good;
        bad[at] = static_cast<char>(static_cast<unsigned char>(bad[at]) ^ 1U << at % 7);
        compare(text, bad);
    }
    for (std::size_t size = 1; size < good.size(); size += 23)
        compare(text, std::string_view(good).substr(0, size));
    compare(text + "x", good);
    compare(std::string_view(text).substr(1), good);
    compare("", good);
    EXPECT_GT(both_refused, 50U);
}

TEST_F(Openssh, RefusesWhatWeRefuse) {
    const auto text = good_text();
    write("signers", "somebody " + alice.signer().to_string() + "\n");
    signer_ = alice.signer();
    ASSERT_TRUE(takes(text, alice.armor(text))) << "the tests sign as OpenSSH does";
    for (const SignOptions& bad : {SignOptions{.scope = "file"}, SignOptions{.hash = "sha1"},
                                   SignOptions{.key_type = "ssh-rsa"}, SignOptions{.version = 2}}) {
        EXPECT_FALSE(takes(text, alice.armor(text, bad)));
        EXPECT_FALSE(we_take(text, alice.armor(text, bad)));
    }
    EXPECT_FALSE(takes(text, mallory.armor(text)));
    EXPECT_FALSE(we_take(text, mallory.armor(text)));
}

} // namespace
} // namespace wgnl
