// SPDX-License-Identifier: LGPL-2.1-or-later
// The watcher over real folders: every change is awaited, none is polled for.
#include <gtest/gtest.h>

#include <poll.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "networkd/service/watcher.hpp"
#include "tree.hpp"

namespace wgnl::networkd::test {
namespace {

class WatcherTest : public testing::Test {
protected:
    WatcherTest() {
        EXPECT_TRUE(watcher);
        inputs.folders = {tree / "/etc/systemd/network", tree / "/run/systemd/network"};
        inputs.files = {tree / "/etc/keys/psk"};
    }

    void watch() {
        for (auto fresh = watcher->watch(inputs); fresh && *fresh;)
            fresh = watcher->watch(inputs);
        watcher->drain();
    }

    /// Whether something of concern happens before the deadline.
    bool notices() {
        constexpr std::chrono::minutes patience{5};
        auto deadline = std::chrono::steady_clock::now() + patience;
        for (;;) {
            auto left = std::chrono::ceil<std::chrono::milliseconds>(
                deadline - std::chrono::steady_clock::now());
            pollfd wait{.fd = watcher->fd(), .events = POLLIN, .revents = 0};
            if (left.count() <= 0 || ::poll(&wait, 1, static_cast<int>(left.count())) <= 0)
                return false;
            if (watcher->drain())
                return true;
        }
    }

    Tree tree{};
    Result<Watcher> watcher{Watcher::open()};
    Inputs inputs{};
};

struct Change {
    const char* name;
    std::function<void(const Tree&)> prepare;
    std::function<void(const Tree&)> change;
};
void PrintTo(const Change& change, std::ostream* out) { *out << change.name; }

const char* const file = "/etc/systemd/network/wg0.netdev";
const char* const key = "/etc/keys/psk";

class WatchedChange : public WatcherTest, public testing::WithParamInterface<Change> {};

TEST_P(WatchedChange, IsNoticed) {
    GetParam().prepare(tree);
    watch();
    GetParam().change(tree);
    EXPECT_TRUE(notices());
}

std::vector<Change> changes() {
    using Folders = const Tree&;
    auto nothing = [](Folders) {};
    auto write_file = [](Folders in) { in.write(file, "a"); };
    auto write_key = [](Folders in) { in.write(key, "a"); };
    auto make_folder = [](Folders in) { in.write("/etc/systemd/network/x", ""); };
    auto prepare_rename = [](Folders in) {
        in.write(file, "a");
        in.write("/etc/new", "b");
    };
    auto prepare_folders = [](Folders in) {
        in.write(file, "a");
        in.write("/new/wg0.netdev", "b");
    };
    auto swap_folders = [](Folders in) {
        std::filesystem::rename(in / "/etc/systemd/network", in / "/old");
        std::filesystem::rename(in / "/new", in / "/etc/systemd/network");
    };
    auto link_keys = [](Folders in) {
        in.write("/one/psk", "a");
        in.write("/two/psk", "b");
        in.link("/etc/keys", in / "/one");
    };
    auto link_twice = [](Folders in) {
        in.write("/store/psk", "a");
        in.link("/etc/current", "../store");
        in.link("/etc/keys/psk", "../current/psk");
    };
    return {
        {"Written", write_file, [](Folders in) { in.write(file, "b"); }},
        {"Created", make_folder, write_file},
        {"Deleted", write_file, [](Folders in) { in.remove(file); }},
        {"RenamedOver", prepare_rename,
         [](Folders in) { std::filesystem::rename(in / "/etc/new", in / file); }},
        {"Mode", write_key, [](Folders in) { ::chmod((in / key).c_str(), 0600); }},
        {"FolderAppears", nothing,
         [](Folders in) { std::filesystem::create_directories(in / "/run/systemd/network"); }},
        {"FolderGoes", write_file, [](Folders in) { in.remove("/etc/systemd/network"); }},
        {"FolderIsReplaced", prepare_folders, swap_folders},
        {"KeyFileAppears", nothing, write_key},
        {"LinkIsTurned", link_keys, [](Folders in) { in.link("/etc/keys", in / "/two"); }},
        {"TargetOfALinkIsWritten", link_twice, [](Folders in) { in.write("/store/psk", "b"); }},
        {"MaskedByALink", write_file, [](Folders in) { in.link(file, "/dev/null"); }},
    };
}
std::string name_of(const testing::TestParamInfo<Change>& change) { return change.param.name; }

INSTANTIATE_TEST_SUITE_P(All, WatchedChange, testing::ValuesIn(changes()), name_of);

/// What a scan of a whole tree looked at is what is watched.
class ScannedChange : public WatcherTest, public testing::WithParamInterface<Change> {};

TEST_P(ScannedChange, IsNoticed) {
    GetParam().prepare(tree);
    inputs = scan(tree.root()).inputs;
    watch();
    GetParam().change(tree);
    EXPECT_TRUE(notices());
}

constexpr const char* dropins = "/run/systemd/network/wg0.netdev.d";

void write_device(const Tree& in) {
    in.write(file, wg0(peer_section(1)));
    in.write(std::string(dropins) + "/a.conf", peer_section(2));
}

/// The folder is a link to a generation, whose files are links as well.
void write_store(const Tree& in) {
    for (const std::string generation : {"1", "2"}) {
        in.write("/store/files-" + generation, wg0(peer_section(1)));
        in.link("/store/" + generation + "/network/wg0.netdev",
                in / ("/store/files-" + generation));
    }
    in.link("/etc/static", in / "/store/1");
    in.link("/etc/systemd/network", "../static/network");
}

std::vector<Change> scanned_changes() {
    using Folders = const Tree&;
    std::vector<Change> changes;
    auto write_dropin = [](Folders in, const std::string& folder) {
        in.write(folder + "/wg0.netdev.d/b.conf", peer_section(3));
    };
    for (const auto* folder : {"/etc/systemd/network", "/run/systemd/network",
                               "/usr/local/lib/systemd/network", "/usr/lib/systemd/network"})
        changes.push_back({folder, write_device, [=](Folders in) { write_dropin(in, folder); }});
    auto swap_dropins = [](Folders in) {
        std::filesystem::rename(in / dropins, in / "/run/old");
        std::filesystem::rename(in / "/run/new", in / dropins);
    };
    auto write_both = [](Folders in) {
        write_device(in);
        in.write("/run/new/a.conf", peer_section(4));
    };
    auto generate_again = [](Folders in) {
        in.remove("/run/systemd");
        write_device(in);
    };
    changes.push_back({"dropins replaced", write_both, swap_dropins});
    changes.push_back({"generated again", write_device, generate_again});
    changes.push_back({"dropin gone", write_device,
                       [](Folders in) { in.remove(std::string(dropins) + "/a.conf"); }});
    changes.push_back({"another generation", write_store,
                       [](Folders in) { in.link("/etc/static", in / "/store/2"); }});
    changes.push_back({"a link in the generation", write_store, [](Folders in) {
                           in.link("/store/1/network/wg0.netdev", in / "/store/files-2");
                       }});
    changes.push_back({"behind two links", write_store,
                       [](Folders in) { in.write("/store/files-1", wg0(peer_section(5))); }});
    return changes;
}

INSTANTIATE_TEST_SUITE_P(All, ScannedChange, testing::ValuesIn(scanned_changes()));

TEST_F(WatcherTest, WhatDoesNotMatterIsPassedOver) {
    tree.write(key, "a");
    watch();
    tree.write("/etc/keys/other", "b");
    tree.write("/etc/unrelated", "b");
    EXPECT_FALSE(watcher->drain());
    tree.write(key, "b");
    EXPECT_TRUE(notices());
}

TEST_F(WatcherTest, ReadingIsNoChange) {
    tree.write(file, "a");
    tree.write(key, "a");
    watch();
    scan(tree.root());
    EXPECT_FALSE(watcher->drain());
}

TEST_F(WatcherTest, ANewlyWatchedFolderIsTold) {
    EXPECT_EQ(watcher->watch(inputs), true);
    EXPECT_EQ(watcher->watch(inputs), false);
    tree.write(file, "a");
    EXPECT_EQ(watcher->watch(inputs), true);
    EXPECT_EQ(watcher->watch(inputs), false);
}

TEST_F(WatcherTest, LinksInACircleEnd) {
    tree.link("/etc/keys", tree / "/etc/keys2");
    tree.link("/etc/keys2", tree / "/etc/keys");
    EXPECT_TRUE(watcher->watch(inputs));
}

} // namespace
} // namespace wgnl::networkd::test
