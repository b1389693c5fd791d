// SPDX-License-Identifier: LGPL-2.1-or-later
// Peers of signed lists beside those of sections: sections win, what is outside of PeersWithin=
// stays out, and without a list that counts no peer goes.
#include <algorithm>

#include "list_signing.hpp"
#include "tree.hpp"

namespace wgnl::networkd::test {
namespace {

using testing::list_text;
using testing::SigningKey;

const SigningKey alice(1);

std::string extension(std::string_view more = "") {
    return "[X-Wgnl]\nPeers=/run/office.peers\nPeersSigner=" + alice.signer().to_string() +
           " alice\n" + std::string(more);
}

class ListedPeersTest : public ::testing::Test {
protected:
    void put(std::string_view peers, const char* name = "office") const {
        tree_.write("/run/" + std::string(name) + ".peers", alice.sign(list_text(name, 1, peers)));
    }
    Netdev read(const std::string& text) const {
        const ReadContext context{.root = tree_.root()};
        return parse({text}, context);
    }
    Tree tree_{};
};

std::string said(const Netdev& netdev) { return lines(netdev.declaration.problems); }

std::vector<PublicKey> keys_of(const Netdev& netdev) {
    std::vector<PublicKey> keys;
    for (const auto& peer : netdev.declaration.peers)
        keys.push_back(peer.public_key);
    return keys;
}

TEST_F(ListedPeersTest, AreDeclaredBehindThoseOfTheSections) {
    put(peer_section(1, "X-Name=alpha\nAllowedIPs=10.0.0.1/32\nEndpoint=a.example:1\n"));

    const auto netdev = read(wg0(extension() + peer_section(9)));

    EXPECT_EQ(said(netdev), "");
    ASSERT_EQ(keys_of(netdev), (std::vector{public_key(9), public_key(1)}));
    const auto& peer = netdev.declaration.peers[1];
    EXPECT_EQ(peer.name, "alpha");
    EXPECT_EQ(peer.location, (Location{"office", 5}));
    EXPECT_EQ(peer.endpoint, "a.example:1");
    EXPECT_FALSE(netdev.declaration.keeps_peers);
    ASSERT_EQ(netdev.lists.size(), 1U);
    EXPECT_EQ(netdev.lists[0].serial, 1U);
    EXPECT_EQ(netdev.lists[0].peers, 1U);
    EXPECT_EQ(netdev.lists[0].signer, alice.signer().fingerprint());
}

TEST_F(ListedPeersTest, LoseWhatASectionHasAndBothPlacesAreNamed) {
    put(peer_section(1, "AllowedIPs=10.0.0.1/32\n") +
        peer_section(2, "AllowedIPs=10.0.0.2/32, 10.0.0.9/32\n"));

    const auto netdev = read(wg0(
        extension() + peer_section(1, "AllowedIPs=10.0.0.9/32\n"))); // key of one, prefix of both

    ASSERT_EQ(keys_of(netdev), (std::vector{public_key(1), public_key(2)}));
    EXPECT_EQ(netdev.declaration.peers[0].allowed_ips.size(), 1U);
    EXPECT_EQ(netdev.declaration.peers[1].allowed_ips.size(), 1U);
    EXPECT_EQ(said(netdev),
              "office:5: warning: the peer " + key_text(1) +
                  " is already declared at /etc/systemd/network/wg0.netdev:9; this section is "
                  "ignored\n"
                  "office:10: warning: AllowedIPs=10.0.0.9/32 belongs to the peer of "
                  "/etc/systemd/network/wg0.netdev:11; this peer is applied without it\n");
}

TEST_F(ListedPeersTest, OutsideOfTheLimitStayOutAndAreNamed) {
    put(peer_section(1, "X-Name=alpha\nAllowedIPs=10.0.0.1/32, 0.0.0.0/0\n") +
        peer_section(2, "AllowedIPs=10.0.0.2/32, fd00::2/128\n") +
        peer_section(3, "AllowedIPs=10.0.0.0/8\n"));

    const auto netdev = read(wg0(extension("PeersWithin=10.0.0.0/16, fd00::/64\n")));

    EXPECT_EQ(keys_of(netdev), std::vector{public_key(2)});
    EXPECT_EQ(said(netdev),
              "office:8: warning: AllowedIPs=0.0.0.0/0 is outside of PeersWithin=; the "
              "peer alpha is kept out\n"
              "office:14: warning: AllowedIPs=10.0.0.0/8 is outside of PeersWithin=; "
              "the peer is kept out\n");
    EXPECT_EQ(netdev.lists.at(0).kept_out, 2U);
}

std::string many_peers(int count, const char* prefix) {
    std::string peers;
    for (int i = 0; i < count; ++i) {
        KeyBytes bytes{1, static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i / 256)};
        peers += "[WireGuardPeer]\nPublicKey=" + PublicKey(bytes).to_base64() +
                 "\nAllowedIPs=" + prefix + "\n";
    }
    return peers;
}

TEST_F(ListedPeersTest, ThatAreKeptOutOrClashCrowdOutNothing) {
    put(many_peers(3000, "172.16.0.0/12"));
    const auto outside = read(wg0(extension("PeersWithin=10.0.0.0/16\n")));
    EXPECT_LT(outside.declaration.problems.size(), 10U);
    EXPECT_TRUE(said(outside).contains("2995 more peers of the list have prefixes outside"))
        << said(outside);
    EXPECT_EQ(outside.lists.at(0).kept_out, 3000U);

    const auto clashing = read(wg0(extension() + peer_section(9, "Endpoint=oops\n")));
    EXPECT_EQ(clashing.declaration.peers.size(), 3001U);
    EXPECT_LT(clashing.declaration.problems.size(), 10U);
    EXPECT_TRUE(said(clashing).contains("2994 more public keys and prefixes of the list"))
        << said(clashing);
    EXPECT_TRUE(said(clashing).contains("oops"));
}

TEST_F(ListedPeersTest, AreNotMe) {
    const auto own = public_key_of(PrivateKey(public_key(200).bytes()));
    put("[WireGuardPeer]\nPublicKey=" + own.to_base64() + "\nAllowedIPs=192.168.0.1/32\n" +
        peer_section(1));

    const auto netdev = read(wg0(extension("PeersWithin=10.0.0.0/8\n")));

    EXPECT_EQ(keys_of(netdev), std::vector{public_key(1)});
    EXPECT_EQ(said(netdev), "");
}

TEST_F(ListedPeersTest, AreOnlyKeptWhileASectionMayMeanOneOfThem) {
    put(peer_section(1, "AllowedIPs=10.0.0.1/32\nPersistentKeepalive=25\n"));
    const std::string secret = "PresharedKey=" + key_text(7) + "\n";
    for (const auto& section :
         {"[WireGuardPeer]\nPublicKeyFile=/run/not-there\n" + secret, "[WireGuardPeer]\n" + secret,
          "[WireGuardPeers]\nPublicKey=" + key_text(1) + "\n" + secret}) {
        const auto netdev = read(wg0(extension() + section));
        ASSERT_EQ(netdev.declaration.peers.size(), 1U) << section;
        EXPECT_TRUE(netdev.declaration.peers[0].kept_as_is);
        EXPECT_FALSE(netdev.declaration.peers[0].persistent_keepalive);
        EXPECT_TRUE(said(netdev).contains("peers of lists are neither added nor changed"));
    }
    EXPECT_FALSE(read(wg0(extension() + peer_section(9))).declaration.peers[1].kept_as_is);
}

TEST_F(ListedPeersTest, OfTwoListsTheFirstWins) {
    put(peer_section(1, "AllowedIPs=10.0.0.1/32\n"));
    put(peer_section(1) + peer_section(2), "lab");

    const auto netdev = read(wg0(extension("Peers=/run/lab.peers\n")));

    EXPECT_EQ(keys_of(netdev), (std::vector{public_key(1), public_key(2)}));
    EXPECT_TRUE(said(netdev).starts_with("lab:5: warning: the peer ")) << said(netdev);
    EXPECT_TRUE(said(netdev).contains(" is already declared at office:5;")) << said(netdev);
}

/// The list's entry of the device of wg0().
std::string own_section(std::string_view rest) {
    return "[WireGuardPeer]\nPublicKey=" +
           public_key_of(PrivateKey(public_key(200).bytes())).to_base64() + "\n" +
           std::string(rest);
}

/// The declaration of a device that wgnl owns, by a scan.
class ListedAddressesTest : public ListedPeersTest {
protected:
    Declaration owned(std::string_view more = "Address=peers\nPeersWithin=10.0.0.0/16, fd00::/64\n",
                      const char* folder = "/etc/wgnl/network") const {
        tree_.write(std::string(folder) + "/wg0.netdev", wg0(extension(more)));
        const auto found = scan(tree_.root());
        EXPECT_EQ(found.declarations.size(), 1U);
        keeps_addresses_ = found.keep_addresses.contains("wg0");
        return found.declarations.at(0);
    }
    static std::string addresses_of(const Declaration& declaration) {
        std::string text;
        for (const auto& address : declaration.addresses)
            text += address.to_string() + " ";
        return text;
    }
    mutable bool keeps_addresses_{false}; ///< by the last scan
};

TEST_F(ListedAddressesTest, AreTheHostPrefixesOfMyOwnEntry) {
    put(own_section("AllowedIPs=10.0.0.7/32, fd00::7/128, 10.0.1.0/24\n") + peer_section(1));
    const auto declaration = owned();
    EXPECT_EQ(addresses_of(declaration), "10.0.0.7/32 fd00::7/128 ");
    EXPECT_EQ(declaration.peers.size(), 1U);
    EXPECT_EQ(lines(declaration.problems), "");
    EXPECT_EQ(addresses_of(owned("")), "") << "nobody asks for them";
}

TEST_F(ListedAddressesTest, StandBesideThoseOfTheNetworkFile) {
    put(own_section("AllowedIPs=10.0.0.7/32\n"));
    tree_.write("/etc/wgnl/network/wg0.network",
                "[Match]\nName=wg0\n[Network]\nAddress=10.0.0.7/32\nAddress=10.9.0.1/24\n");
    EXPECT_EQ(addresses_of(owned()), "10.0.0.7/32 10.9.0.1/24 ");
}

TEST_F(ListedAddressesTest, AreNotTakenFromOutsideOfTheLimit) {
    put(own_section("AllowedIPs=127.0.0.1/32\n"));
    const auto declaration = owned();
    EXPECT_EQ(addresses_of(declaration), "");
    EXPECT_TRUE(keeps_addresses_) << "nor does it take any away";
    EXPECT_TRUE(lines(declaration.problems).contains("127.0.0.1/32 is outside of PeersWithin="));
}

TEST_F(ListedAddressesTest, ThatAreNotKnownAreNotTakenForNone) {
    const auto declaration = owned("Address=peers\n" + peer_section(9));
    EXPECT_FALSE(declaration.kept_as_is) << "it is made, with the peers of its sections";
    EXPECT_TRUE(keeps_addresses_);
    EXPECT_EQ(declaration.peers.size(), 1U);
    EXPECT_TRUE(lines(declaration.problems).contains("those that it was given before stay"));
}

TEST_F(ListedAddressesTest, StayWhileNotEveryListIsKnown) {
    put(own_section("AllowedIPs=10.0.0.7/32\n"));
    const auto one = owned("Address=peers\nPeers=/run/lab.peers\n");
    EXPECT_EQ(addresses_of(one), "10.0.0.7/32 ");
    EXPECT_TRUE(keeps_addresses_);
    put(own_section("AllowedIPs=10.0.0.8/32\n"), "lab");
    const auto both = owned("Address=peers\nPeers=/run/lab.peers\n");
    EXPECT_EQ(addresses_of(both), "10.0.0.7/32 10.0.0.8/32 ");
    EXPECT_FALSE(keeps_addresses_);
}

TEST_F(ListedAddressesTest, StayThroughASlip) {
    put(own_section("AllowedIPs=10.0.0.7/32\n"));
    owned("Addresz=peers\n");
    EXPECT_TRUE(keeps_addresses_);
    owned("Peers=\nAddress=peers\n");
    EXPECT_TRUE(keeps_addresses_) << "no list is named";
    owned("");
    EXPECT_FALSE(keeps_addresses_);
}

TEST_F(ListedAddressesTest, AreTheOwnersWhereItHasANetworkFile) {
    put(own_section("AllowedIPs=10.0.0.7/32\n"));
    tree_.write("/etc/systemd/network/wg0.network", "[Match]\nName=wg0\n");
    const char* unit = "/usr/lib/systemd/system/systemd-networkd.service";
    tree_.write(unit, "[Service]\n");
    tree_.link("/etc/systemd/system/multi-user.target.wants/systemd-networkd.service", unit);
    const auto declaration = owned();
    EXPECT_EQ(addresses_of(declaration), "");
    EXPECT_TRUE(lines(declaration.problems).contains("Address=peers is ignored: systemd-networkd"))
        << lines(declaration.problems);
}

TEST_F(ListedAddressesTest, OfNobodyAreNoneAndTold) {
    put(peer_section(1));
    const auto declaration = owned();
    EXPECT_FALSE(keeps_addresses_);
    EXPECT_TRUE(lines(declaration.problems).contains("no list has a host prefix"));
}

TEST_F(ListedAddressesTest, AreTheOwnersWhereWgnlIsNot) {
    put(own_section("AllowedIPs=10.0.0.7/32\n"));
    const auto declaration = owned("Address=peers\n", "/etc/systemd/network");
    EXPECT_EQ(addresses_of(declaration), "");
    EXPECT_TRUE(lines(declaration.problems).contains("Address=peers is ignored"));
}

struct Mistake {
    std::string text;
    std::string said;
};

TEST_F(ListedPeersTest, TakeNobodyAwayWhileTheyAreNotKnown) {
    put(peer_section(1));
    const auto signer = "PeersSigner=" + alice.signer().to_string() + "\n";
    const std::string peers = "Peers=/run/office.peers\n";
    const Mistake mistakes[] = {
        {peers, "nobody is named whose lists are believed"},
        {peers + "PeersSigner=ssh-rsa AAAA\n", "the only kind of key that is taken is ssh-ed25519"},
        {peers + "PeersSigner=" + testing::SigningKey(2).signer().to_string() + "\n",
         "none of the keys that may sign it"},
        {signer + "Peers=office.peers\n", "is not an absolute path"},
        {signer + "Peers=/run/../office.peers\n", "which no path of a list may have"},
        {signer + "Peers=/run/lab.peers\n", "there is no such file"},
        {signer + peers + "Peers=/etc/office.peers\n", "has a list of that name"},
        {signer + peers + "PeersWithin=10.0.0.0/33\n", "PeersWithin=10.0.0.0/33 is no prefix"},
        {signer + peers + "PeersWithin=10.0.0.1/16\n", "it has host bits"},
    };
    for (const auto& mistake : mistakes) {
        const auto netdev = read(wg0("[X-Wgnl]\n" + mistake.text));
        EXPECT_TRUE(netdev.declaration.keeps_peers) << mistake.text;
        EXPECT_TRUE(said(netdev).contains(mistake.said)) << said(netdev);
        EXPECT_TRUE(said(netdev).contains("no peer of this device is removed")) << said(netdev);
    }
}

TEST_F(ListedPeersTest, AWrongLimitWidensNothing) {
    put(peer_section(1, "AllowedIPs=10.0.0.1/32\n"));
    EXPECT_EQ(keys_of(read(wg0(extension("PeersWithin=nonsense\n")))).size(), 0U);
}

TEST_F(ListedPeersTest, ALimitThatIsMisspeltOrEmptyLiftsNothing) {
    put(peer_section(1, "AllowedIPs=10.0.0.1/32\n"));
    const auto is_held = [&](const std::string& text) {
        const auto netdev = read(wg0(text));
        return keys_of(netdev).empty() && netdev.declaration.keeps_peers &&
               said(netdev).contains("no peer of this device is removed");
    };
    for (const auto* line :
         {"PeersWithn=10.9.0.0/16", "PeerWithin=10.9.0.0/16", "peerswithin=10.9.0.0/16",
          "Within=10.9.0.0/16", "PeersLimit=10.9.0.0/16", "PeersSinger=ssh-ed25519 AAAA",
          "PeersWithin=", "PeersWithin=,", "PeersWithin=10.0.0.0/8\nPeersWithin="})
        EXPECT_TRUE(is_held(extension(std::string(line) + "\n"))) << line;
    for (const auto* section : {"WireGuard", "X-Wgnll", "WireGuardPeers"})
        EXPECT_TRUE(is_held(extension() + "[" + section + "]\nPeersWithin=10.9.0.0/16\n"))
            << section;
    EXPECT_TRUE(is_held("[X-Wgnl]\nPeer=/run/office.peers\n")) << "what it gave may not go";
    EXPECT_EQ(keys_of(read(wg0(extension("PeersWithin=\nPeersWithin=10.0.0.0/8\n")))),
              std::vector{public_key(1)});
    EXPECT_EQ(said(read(wg0(extension("X-PeersWithin=10.9.0.0/16\n[X-Out]\nPeersWithin=\n")))), "")
        << "was taken out on purpose";
}

TEST_F(ListedPeersTest, AreNotReadAfterAnEmptyValue) {
    const auto netdev = read(wg0(extension("Peers=\n")));
    EXPECT_EQ(said(netdev), "");
    EXPECT_TRUE(netdev.lists.empty());
    EXPECT_FALSE(netdev.declaration.keeps_peers);
}

TEST_F(ListedPeersTest, AreWatchedAndTellWhenTheyExpire) {
    put(peer_section(1));
    tree_.write("/etc/systemd/network/wg0.netdev", wg0(extension()));

    const auto found = scan(tree_.root());

    EXPECT_TRUE(found.inputs.files.contains(tree_ / "/run/office.peers"));
    ASSERT_TRUE(found.lists.contains("wg0"));
    EXPECT_FALSE(found.lists.at("wg0").front().fresh.empty()) << "it is to be kept";
    ASSERT_TRUE(found.expires_in);
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    EXPECT_LE(now + *found.expires_in, parse_utc("2100-01-01T00:00:01Z"));
    EXPECT_GE(now + *found.expires_in + std::chrono::hours(1), parse_utc("2100-01-01T00:00:00Z"));
}

TEST_F(ListedPeersTest, ThatExpiredByTheClockAreLookedAtAgain) {
    tree_.write("/run/office.peers",
                alice.sign(list_text("office", 1, peer_section(1), "2020-01-01T00:00:00Z")));
    tree_.write("/etc/systemd/network/wg0.netdev", wg0(extension()));
    EXPECT_EQ(scan(tree_.root()).expires_in, std::chrono::seconds(60));
}

TEST_F(ListedPeersTest, AreTakenFromWhatWasKept) {
    tree_.write("/etc/systemd/network/wg0.netdev", wg0(extension()));
    tree_.write("/var/lib/wgnl-networkd/wg0:office.peers",
                alice.sign(list_text("office", 3, peer_section(7))));

    const auto found = scan(tree_.root());

    ASSERT_EQ(found.declarations.size(), 1U);
    ASSERT_EQ(found.declarations[0].peers.size(), 1U);
    EXPECT_EQ(found.declarations[0].peers[0].public_key, public_key(7));
    EXPECT_FALSE(found.declarations[0].keeps_peers);
    EXPECT_TRUE(lines(found.declarations[0].problems).contains("there is no such file"));
}

} // namespace
} // namespace wgnl::networkd::test
