// SPDX-License-Identifier: LGPL-2.1-or-later
// The directory of locks and records.
#include <wgnl/reconcile.hpp>

#include <fstream>
#include <optional>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plan_values.hpp"
#include "temporary_directory.hpp"

namespace wgnl {
namespace {

using namespace wgnl::testing;

class RecordStoreTest : public ::testing::Test {
protected:
    std::filesystem::path file(const std::string& name) const { return directory_.path() / name; }
    void write(const std::string& name, std::string_view text) const {
        std::ofstream(file(name)) << text;
    }
    static Record record(const std::string& name = "wg0") {
        auto declared = declaration({declared_peer(1, {"10.0.0.0/24"})});
        declared.device = name;
        return record_of(declared, nullptr);
    }

    TemporaryDirectory directory_{};
    RecordStore store_{directory_.path()};
};

struct stat status_of(const std::filesystem::path& path) {
    struct stat status{};
    EXPECT_EQ(lstat(path.c_str(), &status), 0) << path;
    return status;
}

TEST_F(RecordStoreTest, GivesBackWhatWasSaved) {
    ASSERT_TRUE(store_.save(record()));

    EXPECT_EQ(store_.load("wg0").value(), record());
    EXPECT_EQ(status_of(file("wg0.json")).st_mode & 07777, 0600U);
}

TEST_F(RecordStoreTest, HasNothingForADeviceThatItDoesNotKnow) {
    EXPECT_EQ(store_.load("wg0").value(), std::nullopt);
    EXPECT_TRUE(store_.erase("wg0"));
}

TEST_F(RecordStoreTest, ReplacesAndErases) {
    ASSERT_TRUE(store_.save(record()));
    auto changed = record();
    changed.source = "command";
    ASSERT_TRUE(store_.save(changed));

    EXPECT_EQ(store_.load("wg0").value(), changed);
    ASSERT_TRUE(store_.erase("wg0"));
    EXPECT_EQ(store_.load("wg0").value(), std::nullopt);
}

TEST_F(RecordStoreTest, CreatesItsDirectory) {
    const RecordStore store(file("below"));

    ASSERT_TRUE(store.save(record()));

    EXPECT_TRUE(S_ISDIR(status_of(file("below")).st_mode));
}

TEST_F(RecordStoreTest, ListsDevicesAndNothingElse) {
    ASSERT_TRUE(store_.save(record("wg1")));
    ASSERT_TRUE(store_.save(record("wg0")));
    ASSERT_TRUE(store_.lock("wg2"));
    write("wg3.json.new", "half");
    write("a name that is far too long.json", "{}");

    EXPECT_EQ(store_.devices().value(), (std::vector<std::string>{"wg0", "wg1"}));
}

TEST_F(RecordStoreTest, SaysThatARecordIsBroken) {
    write("wg0.json", "{\"version\": 1, \"dev");

    const auto loaded = store_.load("wg0");

    ASSERT_FALSE(loaded);
    EXPECT_NE(loaded.error().code(), Errc::system);
}

TEST_F(RecordStoreTest, RefusesTheRecordOfAnotherDevice) {
    ASSERT_TRUE(store_.save(record("wg1")));
    std::filesystem::rename(file("wg1.json"), file("wg0.json"));

    EXPECT_EQ(store_.load("wg0").error().code(), Errc::protocol);
}

TEST_F(RecordStoreTest, FollowsNoSymbolicLink) {
    write("secret", "{}");
    std::filesystem::create_symlink("secret", file("wg0.json"));
    std::filesystem::create_symlink("secret", file("wg0.lock"));
    std::filesystem::create_symlink("secret", file("wg0.json.new"));

    EXPECT_EQ(store_.load("wg0").error().code(), Errc::protocol);
    EXPECT_FALSE(store_.lock("wg0"));
    ASSERT_TRUE(store_.save(record()));
    EXPECT_TRUE(S_ISREG(status_of(file("wg0.json")).st_mode));
    EXPECT_EQ(std::filesystem::file_size(file("secret")), 2U);
}

TEST_F(RecordStoreTest, FollowsNoLinkInPlaceOfItsDirectory) {
    const auto victim = file("victim");
    std::filesystem::create_directory(victim);
    std::filesystem::create_directory_symlink(victim, file("netns-7"));
    const RecordStore linked(file("netns-7"));
    write("victim/wg0.json", to_json(record()));

    EXPECT_EQ(linked.lock("wg0").error().code(), Errc::protocol);
    EXPECT_EQ(linked.load("wg0").error().code(), Errc::protocol);
    EXPECT_EQ(linked.save(record()).error().code(), Errc::protocol);
    EXPECT_EQ(linked.erase("wg0").error().code(), Errc::protocol);
    EXPECT_EQ(linked.devices().error().code(), Errc::protocol);
    const auto there = std::filesystem::directory_iterator(victim);
    EXPECT_EQ(std::distance(begin(there), end(there)), 1) << "nothing came, nothing went";
}

TEST_F(RecordStoreTest, UsesNoFolderOfAnotherUserInAFolderOfAThird) {
    if (geteuid() != 0)
        GTEST_SKIP() << "only root gives folders away";
    const auto above = file("above");
    std::filesystem::create_directories(above / "netns-7");
    const RecordStore store(above / "netns-7");
    ASSERT_EQ(chown((above / "netns-7").c_str(), 4711, 4711), 0);
    EXPECT_TRUE(store.lock("wg0")) << "root's folder: root has given it";

    ASSERT_EQ(chown(above.c_str(), 4712, 4712), 0);
    EXPECT_EQ(store.lock("wg0").error().code(), Errc::protocol);
    ASSERT_EQ(chown(above.c_str(), 4711, 4711), 0);
    EXPECT_TRUE(store.lock("wg0"));
}

TEST_F(RecordStoreTest, DoesNotWaitOnAPipe) {
    ASSERT_EQ(mkfifo(file("wg0.json").c_str(), 0600), 0);

    EXPECT_EQ(store_.load("wg0").error().code(), Errc::protocol);
}

TEST_F(RecordStoreTest, TakesNoNameThatLeadsElsewhere) {
    for (const auto* name : {"../wg0", "", "..", "a/b"}) {
        EXPECT_EQ(store_.load(name).error().code(), Errc::invalid_argument) << name;
        EXPECT_EQ(store_.lock(name).error().code(), Errc::invalid_argument) << name;
        EXPECT_EQ(store_.erase(name).error().code(), Errc::invalid_argument) << name;
        EXPECT_EQ(store_.save(record(name)).error().code(), Errc::invalid_argument) << name;
    }
}

/// Whether another process could take the lock now.
bool is_free(const std::filesystem::path& lock_file) {
    const int fd = open(lock_file.c_str(), O_RDWR | O_CLOEXEC);
    EXPECT_GE(fd, 0);
    const bool taken = flock(fd, LOCK_EX | LOCK_NB) == 0;
    close(fd);
    return taken;
}

TEST_F(RecordStoreTest, LocksOneDeviceUntilTheLockGoes) {
    {
        const auto lock = store_.lock("wg0");
        ASSERT_TRUE(lock);
        EXPECT_FALSE(is_free(file("wg0.lock")));
        EXPECT_TRUE(store_.lock("wg1"));
    }
    EXPECT_TRUE(is_free(file("wg0.lock")));
    EXPECT_EQ(status_of(file("wg0.lock")).st_mode & 07777, 0600U);
}

/// Root's one-shot command must leave files that the daemon's user can use.
TEST_F(RecordStoreTest, HandsFilesThatRootMakesToTheDirectorysOwner) {
    if (geteuid() != 0)
        GTEST_SKIP() << "only root can give files away";
    constexpr uid_t somebody = 4711;
    ASSERT_EQ(chown(directory_.path().c_str(), somebody, somebody), 0);
    write("wg1.lock", "");

    ASSERT_TRUE(store_.lock("wg0"));
    ASSERT_TRUE(store_.lock("wg1"));
    ASSERT_TRUE(store_.save(record()));

    EXPECT_EQ(status_of(file("wg0.lock")).st_uid, somebody);
    EXPECT_EQ(status_of(file("wg0.json")).st_gid, somebody);
    EXPECT_EQ(status_of(file("wg1.lock")).st_uid, 0U); // not made by us: may be a link to anything
}

} // namespace
} // namespace wgnl
