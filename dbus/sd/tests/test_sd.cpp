// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of the kit: sealed files, paths, timers, descriptors, clean log text, forged signals.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "sd/bus.hpp"
#include "sd/file.hpp"
#include "sd/journal.hpp"
#include "sd/loop.hpp"
#include "sd/memfd.hpp"

namespace wgnl::sd {
namespace {

std::span<const std::uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string text_of(std::span<const std::uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

TEST(Memfd, SealedFileComesBackAsItWas) {
    const auto file = seal(bytes_of("hello"), "test");
    ASSERT_TRUE(file.has_value());

    const auto mapped = SealedFile::map(file->get(), 5);

    ASSERT_TRUE(mapped.has_value()) << mapped.error().to_string();
    EXPECT_EQ(text_of(mapped->bytes()), "hello");
    EXPECT_LT(::write(file->get(), "x", 1), 0);
}

TEST(Memfd, UnsealedFileIsRefused) {
    const Fd file(memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    ASSERT_EQ(::write(file.get(), "hello", 5), 5);
    ASSERT_EQ(fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);

    const auto mapped = SealedFile::map(file.get(), 100);

    ASSERT_FALSE(mapped.has_value());
    EXPECT_EQ(mapped.error().code(), Errc::invalid_argument);
}

class RegularFileTest : public testing::Test {
protected:
    void SetUp() override { ASSERT_NE(::mkdtemp(folder_.data()), nullptr); }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    std::string path(const std::string& name) const { return folder_ + "/" + name; }
    std::string said(const std::string& name, std::size_t largest = 100) const {
        const auto text = read_regular_file(path(name), largest);
        return text ? *text : text.error().to_string();
    }

private:
    std::string folder_ = "/tmp/wgnl-file-XXXXXX";
};

TEST_F(RegularFileTest, IsReadToItsEnd) {
    std::ofstream(path("a")) << std::string(100, 'x');
    EXPECT_EQ(said("a"), std::string(100, 'x'));
    EXPECT_EQ(said("a", 99),
              "read " + path("a") + ": it has 100 bytes, more than the 99 that are read");
    EXPECT_EQ(read_regular_file(path("none"), 1).error().errnum(), ENOENT);
}

TEST_F(RegularFileTest, NothingElseIsWaitedFor) {
    ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
    const Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
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

TEST(Memfd, DescriptorThatIsNoMemoryFileIsRefused) {
    const Fd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));

    EXPECT_FALSE(SealedFile::map(file.get(), 100).has_value());
}

TEST(Memfd, FileBeyondTheLimitIsRefused) {
    const auto file = seal(bytes_of("hello"), "test");

    EXPECT_FALSE(SealedFile::map(file->get(), 4).has_value());
}

TEST(Memfd, FileOfHugePagesIsRefused) {
    const Fd file(memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB));
    if (!file || ftruncate(file.get(), 2 << 20) < 0)
        GTEST_SKIP() << "this machine has no huge pages";
    constexpr int all = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    ASSERT_EQ(fcntl(file.get(), F_ADD_SEALS, all), 0);

    const auto mapped = SealedFile::map(file.get(), 4 << 20);

    ASSERT_FALSE(mapped.has_value()) << "reading a page that cannot be had ends a process";
    EXPECT_EQ(mapped.error().code(), Errc::invalid_argument);
}

TEST(Memfd, EmptyFileIsRefused) {
    const auto file = seal({}, "test");

    EXPECT_FALSE(SealedFile::map(file->get(), 4).has_value());
}

TEST(Memfd, ReopenedFileHasAnOffsetOfItsOwn) {
    const auto file = seal(bytes_of("hello"), "test");
    char buffer[5];
    ASSERT_EQ(::read(file->get(), buffer, 5), 5);

    const auto again = reopen(*file);

    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(::read(again->get(), buffer, 5), 5);
}

TEST(Path, LabelsAreEscapedAndComeBack) {
    const auto path = encode_path("/device", "wg-0.a");

    EXPECT_EQ(path, "/device/wg_2d0_2ea");
    EXPECT_EQ(decode_path(path.c_str(), "/device/%", 1), std::vector<std::string>{"wg-0.a"});
}

TEST(Path, TwoLabelsComeBackInOrder) {
    const auto path = encode_path(encode_path("/device", "wg0") + "/peer", "a+/=");

    const auto labels = decode_path(path.c_str(), "/device/%/peer/%", 2);

    EXPECT_EQ(labels, (std::vector<std::string>{"wg0", "a+/="}));
}

TEST(Path, DeeperPathDoesNotMatch) {
    EXPECT_TRUE(decode_path("/device/wg0/peer/a", "/device/%", 1).empty());
    EXPECT_TRUE(decode_path("/device/wg0", "/device/%/peer/%", 2).empty());
}

/// A connection, and its other end in the place of the bus, which passes on what it is given.
class Signals : public ::testing::Test {
protected:
    Signals() {
        int ends[2] = {-1, -1};
        EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
        ours_ = connection(ends[0]);
        bus_ = connection(ends[1]);
        EXPECT_GE(sd_bus_set_server(bus_.get(), 1, sd_id128_t{}), 0);
        EXPECT_GE(sd_bus_set_anonymous(bus_.get(), 1), 0);
        EXPECT_GE(sd_bus_start(bus_.get()), 0);
        EXPECT_GE(sd_bus_start(ours_.get()), 0);
        EXPECT_TRUE(ignore_forged_signals(ours_.get()).has_value());
        auto all = match(ours_.get(), "type='signal'", [this](sd_bus_message* signal) {
            heard.emplace_back(sd_bus_message_get_member(signal));
        });
        EXPECT_TRUE(all.has_value());
        match_ = std::move(*all);
    }

    /// Without a destination it is a broadcast.
    void signal(const char* member, const char* sender, const char* destination,
                const char* interface = "a.b") {
        sd_bus_message* made = nullptr;
        EXPECT_GE(sd_bus_message_new_signal(bus_.get(), &made, "/", interface, member), 0);
        const MessageHandle owned(made);
        EXPECT_GE(sd_bus_message_set_sender(made, sender), 0);
        if (destination) {
            EXPECT_GE(sd_bus_message_set_destination(made, destination), 0);
        }
        EXPECT_GE(sd_bus_send(bus_.get(), made, nullptr), 0);
    }

    /// What is heard until the signal "End", which is a broadcast.
    std::vector<std::string> until_end() {
        signal("End", ":1.2", nullptr);
        for (int turn = 0; turn < 10'000 && (heard.empty() || heard.back() != "End"); ++turn) {
            const int sent = sd_bus_process(bus_.get(), nullptr);
            const int taken = sd_bus_process(ours_.get(), nullptr);
            if (sent == 0 && taken == 0)
                sd_bus_wait(ours_.get(), 10'000);
        }
        return heard;
    }

    std::vector<std::string> heard{};

private:
    static BusHandle connection(int fd) {
        sd_bus* made = nullptr;
        EXPECT_GE(sd_bus_new(&made), 0);
        EXPECT_GE(sd_bus_set_fd(made, fd, fd), 0);
        return BusHandle(made);
    }

    BusHandle ours_;
    BusHandle bus_;
    std::unique_ptr<Callback> match_;
};

TEST_F(Signals, ThatSomebodyAddressesToUsAreNotHeard) {
    signal("Forged", ":1.9", ":1.1");
    EXPECT_EQ(until_end(), std::vector<std::string>{"End"});
}

TEST_F(Signals, OfTheBusItselfAreHeard) {
    signal("NameAcquired", "org.freedesktop.DBus", ":1.1", "org.freedesktop.DBus");
    signal("NameOwnerChanged", "org.freedesktop.DBus", nullptr, "org.freedesktop.DBus");
    EXPECT_EQ(until_end(), (std::vector<std::string>{"NameAcquired", "NameOwnerChanged", "End"}));
}

TEST_F(Signals, OfTheBusFromSomebodyElseAreNotHeard) {
    signal("NameOwnerChanged", ":1.9", nullptr, "org.freedesktop.DBus");
    EXPECT_EQ(until_end(), std::vector<std::string>{"End"});
}

TEST(Loop, ReadableDescriptorCallsBack) {
    const auto event = open_event();
    const Fd fd(eventfd(1, EFD_CLOEXEC));
    const auto watch = Watch::open(event->get(), fd.get(), [&] { sd_event_exit(event->get(), 7); });
    ASSERT_TRUE(watch.has_value());

    EXPECT_EQ(sd_event_loop(event->get()), 7);
}

TEST(Loop, TimerIsDueOnceAndCanBeArmedAgain) {
    const auto event = open_event();
    int rings = 0;
    std::unique_ptr<Timer> timer;
    timer = std::move(*Timer::open(event->get(), [&] {
        if (++rings == 2)
            sd_event_exit(event->get(), 0);
        else
            timer->arm(boottime_now());
    }));
    timer->arm(boottime_now());

    sd_event_loop(event->get());

    EXPECT_EQ(rings, 2);
}

TEST(Loop, TurnsLetOthersInBetween) {
    const auto event = open_event();
    std::string order;
    std::unique_ptr<Turn> one;
    one = std::move(*Turn::open(event->get(), [&] {
        order += 'a';
        if (order.size() < 6)
            one->arm();
    }));
    std::unique_ptr<Turn> other;
    other = std::move(*Turn::open(event->get(), [&] {
        order += 'b';
        if (order.size() < 6)
            other->arm();
        else
            sd_event_exit(event->get(), 0);
    }));
    one->arm();
    other->arm();

    sd_event_loop(event->get());

    EXPECT_EQ(order, "ababab");
}

TEST(Loop, DescriptorsComeBetweenTurns) {
    const auto event = open_event();
    const Fd fd(eventfd(1, EFD_CLOEXEC)); // readable all the time
    std::string order;
    std::unique_ptr<Turn> turn;
    turn = std::move(*Turn::open(event->get(), [&] {
        order += 't';
        turn->arm();
    }));
    const auto watch = Watch::open(event->get(), fd.get(), [&] {
        order += 'd';
        if (order.size() >= 20)
            sd_event_exit(event->get(), 0);
    });
    turn->arm();

    sd_event_loop(event->get());

    EXPECT_NE(order.find("tdtdtdtd"), std::string::npos) << order;
}

TEST(Loop, TurnThatIsDisarmedDoesNotCome) {
    const auto event = open_event();
    const auto never = Turn::open(event->get(), [&] { sd_event_exit(event->get(), 1); });
    const auto end = Turn::open(event->get(), [&] { sd_event_exit(event->get(), 0); });
    (*never)->arm();
    (*end)->arm();
    (*never)->disarm();

    EXPECT_EQ(sd_event_loop(event->get()), 0);
}

TEST(Journal, ControlCharactersCannotForgeALine) {
    EXPECT_EQ(shown_text({.text = "a\nb\x1b[0m\u202e"}), "a\ufffdb\ufffd[0m\ufffd");
    EXPECT_EQ(shown_text({.text = "Zürich"}), "Zürich");
}

TEST(Journal, NamesNoKeyThatIsNotKnownToBePublic) {
    const std::string key = "MDwjgpamjoPFcW7RInNvfhLriut0RCcFBlePh2jxX28=";
    const IsPublic knows = [&](const PublicKey& one) { return one.to_base64() == key; };

    EXPECT_EQ(shown_text({.text = "peer " + key}), "peer (hidden)");
    EXPECT_EQ(shown_text({.text = "peer " + key, .is_public = knows}), "peer " + key);
}

} // namespace
} // namespace wgnl::sd
