// SPDX-License-Identifier: LGPL-2.1-or-later
// A key in the wrong place of a .netdev file: nothing that is said of the file holds it.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <rapidcheck/gtest.h>

#include "generators.hpp"
#include "key_runs.hpp"
#include "networkd/netdev/scan.hpp"
#include "tree.hpp"

namespace wgnl::networkd::test {
namespace {

/// Each with KEY where a person may put one by mistake.
const std::vector<std::string> slips{"PrivateKeyFile=KEY",
                                     "PrivateKeyFile=/KEY",
                                     "PrivateKeyFile=/etc/KEY",
                                     "PrivateKey=@KEY",
                                     "PrivateKey=KEYx",
                                     "PrivateKey KEY",
                                     "PrivateKey:KEY",
                                     "PrivatKey=KEY",
                                     "KEY",
                                     "KEY=1",
                                     "[KEY]",
                                     "[KEY",
                                     "[WireGuard KEY]",
                                     "ListenPort=KEY",
                                     "FirewallMark=KEY",
                                     "RouteTable=KEY",
                                     "RouteMetric=KEY",
                                     "PrivateKey=\\\nKEY x",
                                     "#PrivateKey=KEY",
                                     "[NetDev]\nMTUBytes=KEY",
                                     "[NetDev]\nName=KEY",
                                     "[NetDev]\nKind=KEY",
                                     "[NetDev]\nKEY=KEY",
                                     "[Match]\nHost=KEY",
                                     "[Match]\nVersion=KEY",
                                     "[Match]\nKEY=1",
                                     "[X-Wgnl]\nMode=KEY",
                                     "[X-Wgnl]\nStrict=KEY"};
const std::vector<std::string> slips_of_peers{"PublicKey=KEYx",
                                              "PublicKey=KEY # KEY",
                                              "PublicKeyFile=KEY",
                                              "PresharedKeyFile=KEY",
                                              "PresharedKeyFile=/KEY",
                                              "PresharedKeyFile=KEY\nPresharedKeyFile=/none",
                                              "PresharedKey=@KEY",
                                              "PresharedKey=KEY # KEY",
                                              "X-PresharedKey=KEY",
                                              "Endpoint=KEY",
                                              "Endpoint=nohost # KEY",
                                              "Endpoint=@KEY",
                                              "AllowedIPs=KEY",
                                              "AllowedIPs=10.0.0.300/32 # KEY",
                                              "PersistentKeepalive=KEY",
                                              "RouteTable=KEY",
                                              "RouteMetric=KEY",
                                              "X-Name=KEY",
                                              "KEY",
                                              "KEY=1"};

std::string with_key(std::string line, const std::string& key) {
    for (auto at = line.find("KEY"); at != line.npos; at = line.find("KEY", at + key.size()))
        line.replace(at, 3, key);
    return line;
}

/// All that is said of the file, and what of it is shown.
std::string shown(const Netdev& netdev) {
    auto text =
        lines(netdev.problems) + lines(netdev.not_expressible) + lines(netdev.declaration.problems);
    for (const auto& peer : netdev.declaration.peers)
        text += peer.name + "\n" + to_string(peer.location) + "\n";
    return text;
}

/// Of all bytes, from the first example on.
rc::Gen<PrivateKey> private_keys() {
    return rc::gen::resize(rc::kNominalSize, wgnl::testing::private_keys());
}

/// As programs and people write it.
std::string written(const PrivateKey& secret) {
    const auto key = secret.reveal_base64();
    std::string url_safe = key;
    std::ranges::replace(url_safe, '/', '_');
    std::ranges::replace(url_safe, '+', '-');
    std::string hexadecimal;
    for (const auto byte : secret.reveal())
        hexadecimal += fmt::format("{:02x}", byte);
    return *rc::gen::element(key, key.substr(0, 43), "x" + key, url_safe, "\"" + key + "\"",
                             key + key, hexadecimal);
}

/// Neither the key nor much of it, however it was written.
void require_hidden(const std::string& text, const std::string& key) {
    if (testing::longest_run(text) >= 43)
        RC_FAIL("43 characters of base64 in: " + text);
    if (text.contains(key.substr(key.size() / 4, 30)))
        RC_FAIL("the key is in: " + text);
}

RC_GTEST_PROP(HiddenKeys, NothingThatIsSaidOfADeviceHoldsAKey, ()) {
    const auto key = written(*private_keys());
    const auto line = with_key(*rc::gen::elementOf(slips), key);

    require_hidden(shown(parse({wg0(line + "\n")})), key);
    require_hidden(shown(parse({wg0(), "[WireGuard]\n" + line + "\n"})), key);
}

RC_GTEST_PROP(HiddenKeys, NothingThatIsSaidOfAPeerHoldsAKey, ()) {
    const auto key = written(*private_keys());
    const auto line = with_key(*rc::gen::elementOf(slips_of_peers), key);

    require_hidden(shown(parse({wg0("[WireGuardPeer]\n" + line + "\n")})), key);
    require_hidden(shown(parse({wg0(peer_section(1, line + "\n"))})), key);
}

RC_GTEST_PROP(HiddenKeys, NotEvenPartsOfAKeyThatCameApartAreSaid, ()) {
    const std::string key = "MDwjgpamjoPFcW7RInNvfhLriut0RCcFBlePh2jxX28=";
    const auto between =
        *rc::gen::element<std::string>(" ", "\t", "\"", "'", "\\\n", ",", ";", "#");
    const auto slip = *rc::gen::elementOf(slips_of_peers);
    RC_PRE(!slip.starts_with("X-Name=")); // a name may look so
    const auto line = with_key(slip, key.substr(0, 22) + between + key.substr(22));
    const auto text = shown(parse({wg0(peer_section(1, line + "\n"))}));

    RC_ASSERT(!(text.contains(key.substr(0, 22)) && text.contains(key.substr(22, 21))));
}

TEST(HiddenKeys, TheNameOfAFileIsNotShownEitherIfItIsAKey) {
    const Tree tree;
    const auto key = key_text(77).substr(0, 43);
    tree.write("/etc/systemd/network/" + key + ".netdev", wg0("ListenPort=x\n"));

    const auto found = scan(tree.root());

    ASSERT_EQ(found.declarations.size(), 1U);
    EXPECT_FALSE(lines(found.declarations[0].problems).contains(key));
}

TEST(HiddenKeys, APublicKeyIsNamedWhereTwoSectionsClaimIt) {
    const auto declaration = declared(wg0(peer_section(1) + peer_section(1)));

    EXPECT_TRUE(lines(declaration.problems).contains(key_text(1))) << lines(declaration.problems);
}

TEST(HiddenKeys, AKeyInPlaceOfAPathIsCalledSo) {
    const auto text = lines(declared(wg0("PrivateKeyFile=" + key_text(77) + "\n")).problems);

    EXPECT_TRUE(text.contains("PrivateKeyFile=(hidden) is a key, where the path of a file with the "
                              "key belongs"))
        << text;
}

} // namespace
} // namespace wgnl::networkd::test
