// SPDX-License-Identifier: LGPL-2.1-or-later
// What is sent, kept and believed; a clock made of numbers.
#include <gtest/gtest.h>

#include <string>

#include <sys/stat.h>

#include "networkd/service/declared_devices.hpp"
#include "networkd/service/remembered_devices.hpp"
#include "tree.hpp"

namespace wgnl::networkd::test {
namespace {

using std::chrono::seconds;
constexpr Boottime start{seconds(100)};

std::vector<std::string> devices(const DeclaredDevices::Decision& decision) {
    std::vector<std::string> names;
    for (const auto& pending : decision.declare)
        names.push_back(pending.device);
    return names;
}
using Names = std::vector<std::string>;

class DeclaredDevicesTest : public testing::Test {
protected:
    DeclaredDevices::Decision look(Boottime at) { return declared.decide(scan(tree.root()), at); }
    /// A device in sync (networkd's folder) or own (wgnl's).
    void write_wg0(std::string_view folder, std::string_view rest = "") {
        tree.write(std::string(folder) + "/wg0.netdev", wg0(rest));
    }

    Tree tree{};
    DeclaredDevices declared{tree.root()};
    static constexpr const char* theirs = "/etc/systemd/network";
    static constexpr const char* ours = "/etc/wgnl/network";
};

TEST_F(DeclaredDevicesTest, SendsWhatIsNewOrChangedAndNothingElse) {
    write_wg0(theirs);
    auto decision = look(start);
    EXPECT_EQ(devices(decision), Names{"wg0"});
    EXPECT_EQ(decision.declare[0].origin, tree / "/etc/systemd/network/wg0.netdev");
    EXPECT_EQ(decision.retain, Names{"wg0"});
    EXPECT_TRUE(look(start).declare.empty());
    write_wg0(theirs, "ListenPort=7\n");
    decision = look(start);
    ASSERT_EQ(devices(decision), Names{"wg0"});
    auto document = decode_document(decision.declare[0].document.bytes());
    ASSERT_TRUE(document) << document.error().to_string();
    EXPECT_EQ(document->listen_port, 7);
}

/// A file that cannot be read may be any device's; of one that declared a device, the device has
/// it.
TEST_F(DeclaredDevicesTest, TellsOfFilesThatAreNoDevices) {
    write_wg0(theirs);
    EXPECT_EQ(lines(look(start).loose), "");
    const auto path = tree / "/etc/systemd/network/wg1.netdev";
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    tree.write("/etc/systemd/network/wg2.netdev", "[NetDev]\nKind=wireguard\n");

    const auto loose = look(start).loose;
    EXPECT_NE(lines(loose).find(path), std::string::npos) << lines(loose);
    EXPECT_NE(lines(loose).find("wg2.netdev"), std::string::npos) << lines(loose);
    EXPECT_EQ(lines(loose).find("wg0.netdev"), std::string::npos) << lines(loose);

    tree.remove("/etc/systemd/network/wg0.netdev");
    ASSERT_EQ(mkfifo((tree / "/etc/systemd/network/wg0.netdev").c_str(), 0600), 0);
    EXPECT_EQ(lines(look(start).loose).find("wg0.netdev"), std::string::npos);

    tree.remove("/etc/systemd/network/wg1.netdev");
    tree.remove("/etc/systemd/network/wg2.netdev");
    EXPECT_EQ(lines(look(start).loose), "");
}

TEST_F(DeclaredDevicesTest, TellsOfSoManyFilesAndNoMore) {
    for (int number = 0; number < 150; ++number)
        tree.write("/etc/systemd/network/x" + std::to_string(number) + ".netdev",
                   "[NetDev]\nKind=wireguard\n");
    EXPECT_EQ(look(start).loose.size(), 100U);
}

TEST_F(DeclaredDevicesTest, SendsAgainWhatTheDaemonForgot) {
    write_wg0(theirs);
    look(start);
    declared.forget_sent();
    EXPECT_EQ(devices(look(start)), Names{"wg0"});
    declared.forget_sent("wg0");
    EXPECT_EQ(devices(look(start)), Names{"wg0"});
    declared.forget_sent("unknown");
    EXPECT_TRUE(look(start).declare.empty());
}

TEST_F(DeclaredDevicesTest, AFileThatWentIsBelievedAfterFiveSeconds) {
    for (auto folder : {theirs, ours}) {
        write_wg0(folder);
        look(start);
        tree.remove(std::string(folder) + "/wg0.netdev");
        auto decision = look(start + seconds(1));
        EXPECT_EQ(decision.retain, Names{"wg0"});
        EXPECT_EQ(decision.look_again, start + seconds(6));
        EXPECT_EQ(look(start + seconds(5)).retain, Names{"wg0"});
        EXPECT_EQ(look(start + seconds(6)).retain, Names{});
        EXPECT_FALSE(look(start + seconds(7)).look_again);
    }
}

TEST_F(DeclaredDevicesTest, AFileThatCameBackInTimeNeverWent) {
    write_wg0(theirs);
    look(start);
    tree.remove("/etc/systemd/network/wg0.netdev");
    look(start);
    write_wg0(theirs);
    auto decision = look(start + seconds(10));
    EXPECT_TRUE(decision.declare.empty());
    EXPECT_EQ(decision.retain, Names{"wg0"});
    tree.remove("/etc/systemd/network/wg0.netdev");
    EXPECT_EQ(look(start + seconds(11)).look_again, start + seconds(16));
}

TEST_F(DeclaredDevicesTest, AnotherStateStartsTheTimeAnew) {
    write_wg0(theirs);
    look(start);
    tree.remove("/etc/systemd/network/wg0.netdev");
    look(start);
    tree.write("/etc/systemd/network/wg0.netdev", "");
    EXPECT_EQ(look(start + seconds(4)).look_again, start + seconds(9));
    EXPECT_EQ(look(start + seconds(6)).retain, Names{"wg0"});
    EXPECT_EQ(look(start + seconds(9)).retain, Names{});
}

TEST_F(DeclaredDevicesTest, ALinkToDevNullIsBelievedAtOnce) {
    write_wg0(ours);
    look(start);
    tree.link("/etc/wgnl/network/wg0.netdev", "/dev/null");
    EXPECT_EQ(look(start).retain, Names{});
}

TEST_F(DeclaredDevicesTest, AnEmptyFileNeverDeletesAnOwnDevice) {
    write_wg0(ours);
    look(start);
    tree.write("/etc/wgnl/network/wg0.netdev", "");
    EXPECT_TRUE(look(start).declare.empty());
    auto decision = look(start + seconds(5));
    EXPECT_EQ(decision.retain, Names{"wg0"});
    ASSERT_EQ(devices(decision), Names{"wg0"});
    auto document = decode_document(decision.declare[0].document.bytes());
    ASSERT_TRUE(document);
    EXPECT_TRUE(document->kept_as_is);
    EXPECT_EQ(document->mode, Mode::own);
    EXPECT_EQ(document->problems.size(), 1U);
    decision = look(start + seconds(50));
    EXPECT_EQ(decision.retain, Names{"wg0"});
    EXPECT_TRUE(decision.declare.empty());
}

TEST_F(DeclaredDevicesTest, AnIllegibleFileHoldsItsDevice) {
    write_wg0(theirs);
    look(start);
    tree.write("/etc/systemd/network/wg0.netdev", "[NetDev]\nKind=wireguard\n");
    EXPECT_TRUE(look(start).declare.empty());
    auto decision = look(start + seconds(5));
    EXPECT_EQ(decision.retain, Names{"wg0"});
    ASSERT_EQ(devices(decision), Names{"wg0"});
    auto document = decode_document(decision.declare[0].document.bytes());
    ASSERT_TRUE(document);
    EXPECT_TRUE(document->kept_as_is);
    EXPECT_NE(document->problems[0].text.find("Name="), std::string::npos);
    write_wg0(theirs);
    EXPECT_EQ(devices(look(start + seconds(6))), Names{"wg0"});
}

TEST_F(DeclaredDevicesTest, AFileThatIsAboutSomethingElseIsBelievedAtOnce) {
    write_wg0(theirs);
    look(start);
    tree.write("/etc/systemd/network/wg0.netdev", "[NetDev]\nName=wg0\nKind=dummy\n");
    EXPECT_EQ(look(start).retain, Names{});
}

TEST_F(DeclaredDevicesTest, AnotherFileMayTakeTheDeviceOver) {
    write_wg0(theirs);
    look(start);
    tree.remove("/etc/systemd/network/wg0.netdev");
    write_wg0(ours);
    auto decision = look(start);
    EXPECT_EQ(decision.retain, Names{"wg0"});
    EXPECT_FALSE(decision.look_again);
    EXPECT_EQ(declared.to_remember()[0],
              (RememberedDevice{"wg0", tree / "/etc/wgnl/network/wg0.netdev", Mode::own}));
}

TEST_F(DeclaredDevicesTest, AFolderThatCannotBeListedSaysNothing) {
    write_wg0(theirs);
    look(start);
    Scan nothing;
    nothing.incomplete = true;
    auto decision = declared.decide(nothing, start + seconds(60));
    EXPECT_EQ(decision.retain, Names{"wg0"});
}

class DropinTest : public DeclaredDevicesTest {
protected:
    DropinTest() {
        write_wg0(theirs, peer_section(1));
        tree.write(dropin, peer_section(2));
        look(start);
    }
    /// The number of peers that are declared at that time; 0: nothing is news.
    std::size_t declared_at(Boottime at) {
        auto decision = look(at);
        EXPECT_EQ(decision.retain, Names{"wg0"});
        if (decision.declare.empty())
            return 0;
        return decode_document(decision.declare[0].document.bytes()).value().peers.size();
    }
    static constexpr const char* dropin = "/run/systemd/network/wg0.netdev.d/50-peer.conf";
};

TEST_F(DropinTest, ThatWentIsBelievedAfterFiveSeconds) {
    tree.remove(dropin);
    EXPECT_EQ(look(start).look_again, start + seconds(5));
    EXPECT_EQ(declared_at(start + seconds(4)), 0U);
    EXPECT_EQ(declared_at(start + seconds(5)), 1U);
    EXPECT_FALSE(look(start + seconds(6)).look_again);
}

TEST_F(DropinTest, ThatCameBackInTimeNeverWent) {
    tree.remove("/run");
    EXPECT_EQ(declared_at(start), 0U);
    tree.write(dropin, "");
    EXPECT_EQ(declared_at(start + seconds(4)), 0U);
    tree.write(dropin, peer_section(2));
    EXPECT_EQ(declared_at(start + seconds(5)), 0U);
    tree.remove(dropin);
    EXPECT_EQ(look(start + seconds(6)).look_again, start + seconds(11));
}

TEST_F(DropinTest, ThatIsMaskedOrHiddenIsBelievedAtOnce) {
    tree.write("/etc/systemd/network/wg0.netdev.d/50-peer.conf", peer_section(2) + peer_section(3));
    EXPECT_EQ(declared_at(start), 3U);
    tree.link("/etc/systemd/network/wg0.netdev.d/50-peer.conf", "/dev/null");
    EXPECT_EQ(declared_at(start), 1U);
}

TEST_F(DropinTest, WithoutPeersIsBelievedAtOnce) {
    tree.write("/etc/systemd/network/wg0.netdev.d/own.conf", "[Match]\nCredential=wgnl.own\n");
    EXPECT_EQ(declared_at(start), 2U);
    tree.remove("/etc/systemd/network/wg0.netdev.d/own.conf");
    EXPECT_EQ(declared_at(start), 2U);
}

TEST_F(DropinTest, WithASettingOfListsIsBelievedAsOneWithPeers) {
    const char* path = "/etc/systemd/network/wg0.netdev.d/lists.conf";
    auto now = start;
    for (const auto* line : {"Peers=/run/a.peers", "PeersSigner=oops", "PeersWithin=10.0.0.0/8",
                             "PeersWithn=10.0.0.0/8", "Address=peers", "Addresz=peers"}) {
        tree.write(path, std::string("[X-Wgnl]\nStrict=yes\n") + line + "\n");
        EXPECT_NE(declared_at(now), 0U) << line;
        tree.remove(path);
        EXPECT_EQ(look(now).look_again, now + seconds(5)) << line;
        EXPECT_EQ(declared_at(now + seconds(4)), 0U) << line;
        EXPECT_NE(declared_at(now + seconds(5)), 0U) << line;
        now += seconds(10);
    }
}

TEST_F(DropinTest, ThatCannotBeListedIsNotGone) {
    tree.remove(dropin);
    auto partial = scan(tree.root());
    partial.incomplete = true;
    for (auto at : {start, start + seconds(60)})
        EXPECT_TRUE(declared.decide(partial, at).declare.empty());
    EXPECT_EQ(declared_at(start + seconds(61)), 0U);
    EXPECT_EQ(declared_at(start + seconds(66)), 1U);
}

TEST_F(DeclaredDevicesTest, AFileThatHidesAnotherMayGoForAMoment) {
    write_wg0("/usr/lib/systemd/network", peer_section(9));
    write_wg0(theirs, peer_section(1));
    look(start);
    tree.remove("/etc/systemd/network/wg0.netdev");
    EXPECT_EQ(look(start).look_again, start + seconds(5));
    EXPECT_TRUE(look(start + seconds(4)).declare.empty());
    auto decision = look(start + seconds(5));
    ASSERT_EQ(devices(decision), Names{"wg0"});
    EXPECT_EQ(decision.declare[0].origin, tree / "/usr/lib/systemd/network/wg0.netdev");
}

TEST_F(DeclaredDevicesTest, RemembersOverARestart) {
    write_wg0(theirs);
    look(start);
    auto path = tree / "/claims";
    ASSERT_TRUE(save_devices(path, declared.to_remember()));
    tree.remove("/etc/systemd/network/wg0.netdev");
    DeclaredDevices second(tree.root());
    second.restore(load_devices(path));
    EXPECT_EQ(second.decide(scan(tree.root()), start).retain, Names{"wg0"});
    EXPECT_EQ(second.decide(scan(tree.root()), start + belief_time).retain, Names{});
}

/// The addresses that a look of a device with these ones declares.
std::string addresses_declared(DeclaredDevices& declared, std::vector<std::string_view> addresses,
                               bool keeps) {
    Scan found;
    auto& declaration = found.declarations.emplace_back();
    declaration = {
        .device = "wg0", .mode = Mode::own, .location = {"/etc/wgnl/network/wg0.netdev"}};
    for (const auto text : addresses)
        declaration.addresses.push_back(InterfaceAddress::parse(text).value());
    found.inputs.present.insert(declaration.location.file);
    if (keeps)
        found.keep_addresses.insert("wg0");
    std::string text;
    const auto decision = declared.decide(found, {});
    for (const auto& pending : decision.declare) {
        const auto document = decode_document(pending.document.bytes()).value();
        for (const auto& address : document.addresses)
            text += address.to_string() + " ";
    }
    return text;
}

TEST(DeclaredAddresses, StayWhileNotAllAreKnownOverARestartToo) {
    DeclaredDevices declared;
    EXPECT_EQ(addresses_declared(declared, {"10.0.0.7/32", "fd00::7/64"}, false),
              "10.0.0.7/32 fd00::7/64 ");
    EXPECT_EQ(addresses_declared(declared, {"fd00::7/128"}, true), "fd00::7/128 10.0.0.7/32 ");

    DeclaredDevices later;
    later.restore(parse_devices(format_devices(declared.to_remember())));
    EXPECT_EQ(addresses_declared(later, {}, true), "fd00::7/128 10.0.0.7/32 ");
    EXPECT_EQ(addresses_declared(later, {"10.0.0.8/32"}, false), "10.0.0.8/32 ");
}

TEST(RememberedDevices, TextAndBack) {
    std::vector<RememberedDevice> devices{{"wg0", "/a b/wg0.netdev", Mode::own},
                                          {"wg1", "/c/wg1.netdev", Mode::observe}};
    EXPECT_EQ(parse_devices(format_devices(devices)), devices);
    EXPECT_TRUE(parse_devices("junk\nown\nown wg0\nown a/b /x\nown wg0 relative\n\n x").empty());
    EXPECT_EQ(format_devices({{"wg0", "/a\nb", Mode::own}}), "");
}

} // namespace
} // namespace wgnl::networkd::test
