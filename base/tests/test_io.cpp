// SPDX-License-Identifier: LGPL-2.1-or-later
// Everything arrives, limits hold, and errors say what was tried.
#include "base/io.hpp"

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "temporary_directory.hpp"

namespace wgnl {
namespace {

constexpr const char* operation = "move a secret";

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

class Pipe : public ::testing::Test {
protected:
    Pipe() { EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0); }
    ~Pipe() override {
        for (const int fd : ends_)
            if (is_open(fd))
                ::close(fd);
    }
    int out() const { return ends_[0]; }
    int in() const { return ends_[1]; }
    void end_of_input() const { ::close(in()); }

private:
    std::array<int, 2> ends_{};
};

TEST_F(Pipe, IsClosedWithItsOwner) {
    {
        const UniqueFd owner(in());
        EXPECT_TRUE(owner);
        EXPECT_EQ(owner.get(), in());
        EXPECT_TRUE(is_open(in()));
    }
    EXPECT_FALSE(is_open(in()));
    EXPECT_FALSE(UniqueFd(-1));
}

TEST_F(Pipe, EverythingArrives) {
    // More than a pipe holds at once, and no multiple of any buffer.
    std::string sent(1'000'003, '\0');
    for (std::size_t i = 0; i < sent.size(); ++i)
        sent[i] = static_cast<char>(i * i >> 7U);
    std::thread writer([&] {
        EXPECT_TRUE(write_all(in(), sent, operation).has_value());
        end_of_input();
    });
    const auto read = read_all(out(), operation);
    writer.join();
    ASSERT_TRUE(read.has_value()) << read.error().to_string();
    EXPECT_TRUE(read->view() == sent);
}

TEST_F(Pipe, NothingIsAText) {
    EXPECT_TRUE(write_all(in(), "", operation).has_value());
    end_of_input();
    const auto read = read_all(out(), operation);
    ASSERT_TRUE(read.has_value());
    EXPECT_TRUE(read->empty());
}

TEST_F(Pipe, ReadsUpToALimit) {
    ASSERT_TRUE(write_all(in(), "12345678", operation).has_value());
    end_of_input();
    const auto whole = read_all(out(), operation, 8);
    ASSERT_TRUE(whole.has_value());
    EXPECT_EQ(whole->view(), "12345678");
}

TEST_F(Pipe, RefusesMoreThanItsLimit) {
    ASSERT_TRUE(write_all(in(), "123456789", operation).has_value());
    const auto more = read_all(out(), operation, 8); // without waiting for the end
    ASSERT_FALSE(more.has_value());
    EXPECT_EQ(more.error().code(), Errc::invalid_argument);
    EXPECT_EQ(more.error().detail(), "it has more than the 8 bytes that are read");
}

TEST_F(Pipe, ErrorsSayWhatWasTried) {
    const auto read = read_all(in(), operation); // the wrong end
    const auto written = write_all(out(), "x", operation);
    ASSERT_FALSE(read.has_value());
    ASSERT_FALSE(written.has_value());
    for (const auto& error : {read.error(), written.error()}) {
        EXPECT_EQ(error.errnum(), EBADF);
        EXPECT_EQ(error.operation(), operation);
    }
}

class RegularFileTest : public ::testing::Test {
protected:
    std::string path(const std::string& name) const { return folder_.path() / name; }
    std::string said(const std::string& name, std::size_t largest = 100) const {
        const auto text = read_regular_file(path(name), largest, "read " + name);
        return text ? std::string(text->view()) : text.error().to_string();
    }

private:
    testing::TemporaryDirectory folder_;
};

TEST_F(RegularFileTest, IsReadToItsEnd) {
    std::ofstream(path("a")) << std::string(100, 'x');
    EXPECT_EQ(said("a"), std::string(100, 'x'));
    EXPECT_EQ(said("a", 99), "read a: it has 100 bytes, more than the 99 that are read");
    EXPECT_EQ(read_regular_file(path("none"), 1, "read").error().errnum(), ENOENT);
}

TEST_F(RegularFileTest, NothingElseIsWaitedFor) {
    ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
    const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    path("socket").copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    std::filesystem::create_directory(path("folder"));
    std::filesystem::create_symlink("/dev/zero", path("device"));
    std::ofstream(path("sparse")).flush();
    std::filesystem::resize_file(path("sparse"), std::uintmax_t{1} << 40);
    for (const auto* name : {"fifo", "socket", "folder", "device"})
        EXPECT_TRUE(said(name).ends_with(std::string(name == std::string("fifo") ? "FIFO" : name) +
                                         ", and no regular file"))
            << said(name);
    EXPECT_TRUE(said("sparse").contains("1099511627776 bytes")) << said("sparse");
}

} // namespace
} // namespace wgnl
