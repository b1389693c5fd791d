// SPDX-License-Identifier: LGPL-2.1-or-later
// The userspace back end on sockets that misbehave.
#include "base/fd.hpp"
#include "client/parts.hpp"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <gtest/gtest.h>

#include "no_more_descriptors.hpp"
#include "temporary_directory.hpp"
#include "userspace/manners.hpp"
#include "userspace/socket.hpp"

namespace wgnl {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// A socket on which somebody listens, but only the test answers.
class Listener {
public:
    explicit Listener(const fs::path& path) : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
        const auto* generic = reinterpret_cast<const sockaddr*>(&address);
        EXPECT_EQ(bind(fd_.get(), generic, sizeof(address)), 0) << std::strerror(errno);
        EXPECT_EQ(listen(fd_.get(), 4), 0);
    }
    /// Takes the connection that waits, and answers before anything was asked.
    UniqueFd answer(std::string_view text) {
        UniqueFd connection(accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        EXPECT_EQ(send(connection.get(), text.data(), text.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(text.size()));
        return connection;
    }
    void end() { fd_.reset(); }
    /// How many connections have come and were not taken yet; takes them, and hangs up.
    int take_all() {
        int count = 0;
        pollfd waiting{fd_.get(), POLLIN, 0};
        for (; poll(&waiting, 1, 0) > 0; ++count)
            UniqueFd(accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC)).reset();
        return count;
    }

private:
    UniqueFd fd_;
};

class UserspaceSocketTest : public ::testing::Test {
protected:
    fs::path path(std::string_view name) const {
        return folder_.path() / fmt::format("{}.sock", name);
    }
    Result<UserspaceSocket> connect(std::string_view name, const UserspacePatience& patience = {
                                                               .standstill = 50ms}) const {
        return UserspaceSocket::connect(folder(), name, "read", patience);
    }
    std::string folder() const { return folder_.path().string(); }

private:
    wgnl::testing::TemporaryDirectory folder_{};
};

TEST_F(UserspaceSocketTest, absent_and_stale_sockets_are_no_devices) {
    Listener listener(path("wg0"));
    Listener stale(path("wg1"));
    stale.end();
    std::ofstream(path("wg2")) << "no socket";
    std::ofstream(folder() + "/wg3.txt") << "no socket";
    Listener bad_name(path("sixteen-letters!"));
    EXPECT_EQ(*userspace_devices(folder()), (std::vector<std::string>{"wg0"}));
    auto backend = make_userspace_backend(folder());
    for (const auto* name : {"wg1", "wg2", "wg9"})
        EXPECT_EQ(backend->get(name).error().code(), Errc::not_found) << name;
    EXPECT_EQ(backend->get("../x").error().code(), Errc::invalid_argument);
    EXPECT_TRUE(userspace_devices(folder() + "/nowhere")->empty());
}

TEST_F(UserspaceSocketTest, a_look_that_failed_is_an_error) {
    Listener listener(path("wg0"));
    std::ofstream(folder() + "/file") << "no folder";
    EXPECT_EQ(userspace_devices(folder() + "/file").error().errnum(), ENOTDIR);
    {
        const tests::NoMoreDescriptors none;
        EXPECT_EQ(userspace_devices(folder()).error().errnum(), EMFILE);
    }
    EXPECT_EQ(*userspace_devices(folder()), (std::vector<std::string>{"wg0"}));
}

TEST_F(UserspaceSocketTest, a_socket_of_another_user_is_a_device_that_may_not_be_read) {
    if (geteuid() != 0)
        GTEST_SKIP() << "only root can become another user";
    Listener listener(path("wg0"));
    ASSERT_EQ(chmod(folder().c_str(), 0755), 0);
    ASSERT_EQ(chmod(path("wg0").c_str(), 0700), 0);
    ASSERT_EQ(seteuid(65534), 0);
    const auto devices = userspace_devices(folder());
    const auto device = make_userspace_backend(folder())->get("wg0");
    ASSERT_EQ(seteuid(0), 0);
    EXPECT_EQ(*devices, (std::vector<std::string>{"wg0"}));
    ASSERT_FALSE(device);
    EXPECT_EQ(device.error().code(), Errc::permission_denied);
    EXPECT_NE(device.error().detail().find("another user"), std::string::npos);
}

TEST_F(UserspaceSocketTest, a_path_that_is_too_long_is_refused) {
    const auto socket = UserspaceSocket::connect(std::string(200, 'x'), "wg0", "read");
    EXPECT_EQ(socket.error().code(), Errc::invalid_argument);
}

TEST_F(UserspaceSocketTest, silence_ends_in_an_error) {
    Listener listener(path("wg0"));
    auto socket = connect("wg0");
    ASSERT_TRUE(socket);
    EXPECT_EQ(socket->exchange(userspace_get_request, "wg0").error().errnum(), ETIMEDOUT);
}

TEST_F(UserspaceSocketTest, half_a_reply_is_no_device) {
    Listener listener(path("wg0"));
    auto socket = connect("wg0");
    auto connection = listener.answer("listen_port=7\n");
    EXPECT_EQ(socket->exchange(userspace_get_request, "wg0").error().errnum(), ETIMEDOUT);
    auto other = connect("wg0");
    connection = listener.answer("listen_port=7\nerrno=0\n");
    shutdown(connection.get(), SHUT_WR);
    EXPECT_EQ(other->exchange(userspace_get_request, "wg0").error().code(), Errc::protocol);
}

TEST_F(UserspaceSocketTest, a_reply_that_comes_before_the_whole_request_counts) {
    Listener listener(path("wg0"));
    auto socket = connect("wg0");
    listener.answer("errno=-22\n\n").reset();
    const auto device = socket->exchange("set=1\nnonsense=1\n\n", "wg0");
    ASSERT_FALSE(device);
    EXPECT_EQ(device.error().errnum(), EINVAL);
}

TEST_F(UserspaceSocketTest, a_reply_without_an_end_ends_in_an_error) {
    Listener listener(path("wg0"));
    auto socket = connect("wg0", {.whole = 200ms});
    const UniqueFd connection = listener.answer("listen_port=7\n");
    std::thread talker([&] {
        constexpr std::string_view line = "new=1\n";
        while (send(connection.get(), line.data(), line.size(), MSG_NOSIGNAL) > 0) {
        }
    });
    const auto device = socket->exchange(userspace_get_request, "wg0");
    socket = std::unexpected(device.error()); // hangs up
    talker.join();
    ASSERT_FALSE(device);
    EXPECT_EQ(device.error().errnum(), ETIMEDOUT);
    EXPECT_NE(device.error().detail().find("without an end"), std::string::npos);
}

TEST_F(UserspaceSocketTest, a_reply_in_crumbs_ends_in_an_error) {
    Listener listener(path("wg0"));
    auto socket = connect("wg0", {.standstill = 10s, .idle = 100ms});
    const UniqueFd connection = listener.answer("listen_port=7\n");
    std::thread talker([&] {
        while (send(connection.get(), "f", 1, MSG_NOSIGNAL) > 0)
            std::this_thread::sleep_for(5ms); // what makes them crumbs
    });
    const auto device = socket->exchange(userspace_get_request, "wg0");
    socket = std::unexpected(device.error()); // hangs up
    talker.join();
    EXPECT_EQ(device.error().errnum(), ETIMEDOUT);
    EXPECT_NE(device.error().detail().find("in crumbs"), std::string::npos);
}

TEST_F(UserspaceSocketTest, a_silent_program_is_not_asked_each_time) {
    Listener silent(path("wg0"));
    auto backend = make_userspace_backend(
        folder(), {.patience = {.standstill = 50ms}, .standstill_again = 10ms, .rest = 1h});
    const auto first = backend->get("wg0");
    EXPECT_EQ(first.error().errnum(), ETIMEDOUT);
    EXPECT_EQ(silent.take_all(), 1);

    const auto second = backend->get("wg0");

    EXPECT_EQ(second.error().to_string(), first.error().to_string()) << "no news";
    EXPECT_EQ(silent.take_all(), 0) << "nobody waited for it";
    silent.end();
    fs::remove(path("wg0"));
    Listener another(path("wg0"));
    EXPECT_EQ(backend->get("wg0").error().errnum(), ETIMEDOUT);
    EXPECT_EQ(another.take_all(), 1) << "another program is asked at once";
}

using Attention = UserspaceAttention;
constexpr Attention::Clock::time_point some_time{1h};

TEST(UserspaceAttentionTest, a_silent_program_is_asked_again_for_a_moment_each_time) {
    Attention attention({});
    attention.end("wg0", {}, true, 10, some_time, some_time + 10s);
    auto now = some_time + 10s;
    EXPECT_FALSE(attention.begin("wg0", {}, "read", now));
    EXPECT_TRUE(attention.begin("wg1", {}, "read", now)) << "others are asked";

    now += UserspaceManners{}.rest;
    const auto again = attention.begin("wg0", {}, "read", now);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->standstill, UserspaceManners{}.standstill_again);

    attention.end("wg0", {}, false, 10, now, now + 1ms);
    EXPECT_EQ(attention.begin("wg0", {}, "read", now + 1ms)->standstill,
              UserspacePatience{}.standstill);
}

TEST(UserspaceAttentionTest, slow_answers_have_a_tenth_of_the_time) {
    Attention attention({});
    Attention::Clock::duration spent{};
    constexpr Attention::Clock::duration whole = 1h;
    for (auto now = some_time; now < some_time + whole; now += 100ms)
        if (attention.begin("wg0", {}, "read", now)) { // answers 9 s later, a hundred bytes
            attention.end("wg0", {}, false, 100, now, now + 9s);
            now += 9s;
            spent += 9s;
        }
    EXPECT_LT(spent, whole / 8);
    EXPECT_GT(spent, whole / 20) << "but is asked";
}

TEST(UserspaceAttentionTest, much_that_takes_long_is_no_waste) {
    Attention attention({});
    constexpr std::size_t mebibyte = 1U << 20U;
    for (auto now = some_time; now < some_time + 1h; now += 15s) {
        ASSERT_TRUE(attention.begin("wg0", {}, "set", now));
        attention.end("wg0", {}, false, mebibyte, now, now + 15s);
    }
}

TEST_F(UserspaceSocketTest, lie_in_var_run_where_that_is_another_place) {
    EXPECT_EQ(userspace_directory_below(folder()), folder() + "/run/wireguard");
    fs::create_directories(folder() + "/run");
    fs::create_directories(folder() + "/var/run");
    EXPECT_EQ(userspace_directory_below(folder()), folder() + "/var/run/wireguard");
    fs::remove(folder() + "/var/run");
    fs::create_directory_symlink(folder() + "/run", folder() + "/var/run");
    EXPECT_EQ(userspace_directory_below(folder()), folder() + "/run/wireguard");
}

/// No program is found there: only what comes before it is done.
Result<void> start_without_a_program(const std::string& folder, std::string_view name) {
    const std::string search = std::getenv("PATH");
    setenv("PATH", "/nowhere", 1);
    auto started = start_userspace(folder, name);
    setenv("PATH", search.c_str(), 1);
    return started;
}

TEST_F(UserspaceSocketTest, what_a_killed_program_left_is_removed_before_a_new_start) {
    Listener stale(path("wgnl-stale"));
    stale.end();
    std::ofstream(path("wgnl-file")) << "no socket";

    EXPECT_EQ(start_without_a_program(folder(), "wgnl-stale").error().code(), Errc::unsupported);
    EXPECT_EQ(start_without_a_program(folder(), "wgnl-file").error().code(), Errc::unsupported);

    EXPECT_FALSE(fs::exists(path("wgnl-stale")));
    EXPECT_TRUE(fs::exists(path("wgnl-file"))) << "nothing but a dead socket is removed";
}

} // namespace
} // namespace wgnl
