// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading wg-quick's files, and `convert` from end to end.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/reader.hpp"
#include "program.hpp"
#include "temporary_directory.hpp"

namespace wgnl::cli {
namespace {

constexpr auto whole = R"([Interface]
PrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=
ListenPort = 51820
Address = 10.0.0.1/24
MTU = 1400
DNS = 10.0.0.2
PostUp = echo secret-command
SaveConfig = true

[Peer]
# friendly_name = laptop
PublicKey = xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=
AllowedIPs = 10.0.0.2/32
Endpoint = vpn.example.org:51820
)";

class Conversion : public ::testing::Test {
protected:
    Conversion() {
        environment_.readers.add(".json", read_json_file);
        environment_.readers.add(".conf", read_wg_quick_file);
        environment_.writers.add(".json", write_json);
        environment_.writers.add(".conf", write_wg_quick);
    }

    std::string path(const std::string& name) const { return folder_.path() / name; }
    std::string write(const std::string& name, std::string_view text, mode_t mode = 0600) {
        std::ofstream{path(name)} << text;
        chmod(path(name).c_str(), mode);
        return path(name);
    }
    std::string text_of(const std::string& name) const {
        std::ifstream file{path(name)};
        return {std::istreambuf_iterator<char>(file), {}};
    }
    /// The problems of a file, with only the name of the file in their places.
    std::string said_of(const std::string& name) {
        const auto reading = read_wg_quick_file(path(name));
        std::string said;
        for (const auto* problems : {&reading.value().problems, &reading.value().remarks})
            for (const auto& problem : *problems)
                said += to_string(problem).substr(folder_.path().string().size() + 1) + '\n';
        return said;
    }
    Exit convert(const std::string& from, const std::string& to) {
        err_.str("");
        return run(environment_, std::vector<std::string>{"convert", path(from), path(to)});
    }

    wgnl::testing::TemporaryDirectory folder_{};
    std::ostringstream out_;
    std::ostringstream err_;
    Environment environment_{{out_, err_}};
};

TEST_F(Conversion, ReadsAFileOfWgQuickInModeOwn) {
    const auto reading = read_wg_quick_file(write("wg7.conf", whole));

    ASSERT_TRUE(reading.has_value()) << reading.error().to_string();
    const auto& declared = reading->declaration.value();
    EXPECT_EQ(declared.device, "wg7");
    EXPECT_EQ(declared.mode, Mode::own);
    EXPECT_EQ(to_string(declared.location), path("wg7.conf"));
    EXPECT_EQ(declared.mtu, 1400U);
    EXPECT_EQ(declared.peers.at(0).name, "laptop");
}

TEST_F(Conversion, NotesWhatIsNotCarriedOut) {
    write("wg7.conf", whole);

    EXPECT_EQ(said_of("wg7.conf"),
              "wg7.conf:6: note: DNS= is not carried out: wgnl sets no name servers\n"
              "wg7.conf:7: note: PostUp= is not carried out: wgnl runs no commands\n"
              "wg7.conf:8: note: SaveConfig= is not carried out: wgnl never writes this file\n");
    write("wg8.conf", "[Interface]\nTable = off\nSaveConfig = false\n[Peer]\nPublicKey = "
                      "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=\nAllowedIPs = ::/0\n");
    EXPECT_EQ(said_of("wg8.conf"), "");
}

TEST_F(Conversion, ReadsAFileWhoseNameIsNoDevicesForAnImport) {
    write("My Office VPN.conf", whole);
    const auto reading = read_wg_quick_file(path("My Office VPN.conf"));

    ASSERT_TRUE(reading.has_value()) << reading.error().to_string();
    EXPECT_FALSE(reading->declaration.has_value());
    EXPECT_EQ(said_of("My Office VPN.conf"),
              "My Office VPN.conf: warning: of no use to wg-quick and \"wgnl apply\": My Office "
              "VPN.conf is not named after a device: 1 to 15 of A-Z a-z 0-9 _ = + . -, then .conf, "
              "such as wg0.conf\n"
              "My Office VPN.conf:7: note: PostUp= is not carried out: wgnl runs no commands\n"
              "My Office VPN.conf:8: note: SaveConfig= is not carried out: wgnl never writes this "
              "file\n");
    EXPECT_EQ(convert("My Office VPN.conf", "wg0.json"), Exit::failed);
    EXPECT_NE(err_.str().find("is not named after a device"), std::string::npos) << err_.str();
    EXPECT_FALSE(std::filesystem::exists(path("wg0.json")));
}

TEST_F(Conversion, WarnsOfAKeyThatOthersMayRead) {
    write("wg7.conf", whole, 0644);
    EXPECT_EQ(said_of("wg7.conf").find("warning"), std::string::npos); // the folder is closed
    chmod(folder_.path().c_str(), 0755);
    EXPECT_NE(
        said_of("wg7.conf")
            .find("wg7.conf: warning: the file holds a key but others may read it: chmod 0600"),
        std::string::npos);
    write("wg8.conf", "[Interface]\nListenPort = 7\n", 0644);
    EXPECT_EQ(said_of("wg8.conf"), "");
}

TEST_F(Conversion, GoesToJsonAndBack) {
    write("wg7.conf", whole);
    ASSERT_EQ(convert("wg7.conf", "a.json"), Exit::done) << err_.str();
    EXPECT_NE(err_.str().find("PostUp= is not carried out"), std::string::npos);
    EXPECT_EQ(err_.str().find("yAnz5"), std::string::npos);
    const auto permissions = std::filesystem::status(path("a.json")).permissions();
    EXPECT_EQ(permissions, std::filesystem::perms{0600});
    EXPECT_EQ(text_of("a.json").find("where"), std::string::npos);

    std::filesystem::remove(path("wg7.conf"));
    ASSERT_EQ(convert("a.json", "wg7.conf"), Exit::done) << err_.str();
    EXPECT_EQ(err_.str(), "");
    ASSERT_EQ(convert("wg7.conf", "b.json"), Exit::done) << err_.str();
    EXPECT_EQ(text_of("a.json"), text_of("b.json"));
}

TEST_F(Conversion, KeepsWhatOnlyWgQuickCarriesOut) {
    const std::string text = "[Interface]\nListenPort = 51820\nPrivateKey = "
                             "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\nTable = 1234\n"
                             "DNS = 10.0.0.2, example.org\nPostUp = echo 'a b'; true\n"
                             "PostUp = again\nSaveConfig = true\n";
    write("wg7.conf", text);
    std::filesystem::create_directory(path("new"));
    ASSERT_EQ(convert("wg7.conf", "new/wg7.conf"), Exit::done) << err_.str();
    EXPECT_EQ(err_.str(), "");
    EXPECT_EQ(text_of("new/wg7.conf"), text);
}

TEST_F(Conversion, NamesWhatTheNewFormatCannotSay) {
    write("a.json", R"({"version": 1, "device": "wg7", "strict": true, "mode": "sync"})");

    EXPECT_EQ(convert("a.json", "wg7.conf"), Exit::done);
    EXPECT_EQ(err_.str().substr(0, err_.str().find('\n')),
              path("a.json") + ": warning: mode sync cannot be written");
    EXPECT_NE(err_.str().find("\"strict\" cannot be written"), std::string::npos);
}

TEST_F(Conversion, WritesNothingOfAFileWithMistakes) {
    write("wg7.conf", "[Interface]\nListenPort = nine\n");

    EXPECT_EQ(convert("wg7.conf", "a.json"), Exit::failed);
    EXPECT_NE(err_.str().find("wg7.conf:2: error: ListenPort=nine"), std::string::npos);
    EXPECT_EQ(err_.str().find("hint"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(path("a.json")));
}

TEST_F(Conversion, OverwritesNothing) {
    write("wg7.conf", whole);
    write("a.json", "mine");

    EXPECT_EQ(convert("wg7.conf", "a.json"), Exit::failed);
    EXPECT_NE(err_.str().find("it exists; remove it first"), std::string::npos);
    EXPECT_EQ(text_of("a.json"), "mine");
}

TEST_F(Conversion, CreatesAllOfItsFilesOrNone) {
    environment_.writers.add(".two", [](const Content&, const std::filesystem::path& to) {
        WrittenFiles written;
        written.files.push_back({to, SecretText{"one"}, {.group = "no-such-group"}});
        written.files.push_back({to.string() + ".more", SecretText{"two"}, {.everybody = true}});
        return Result<WrittenFiles>{std::move(written)};
    });
    write("wg7.conf", whole);
    write("a.two.more", "mine");

    EXPECT_EQ(convert("wg7.conf", "a.two"), Exit::failed);
    EXPECT_FALSE(std::filesystem::exists(path("a.two")));
    EXPECT_EQ(text_of("a.two.more"), "mine");

    EXPECT_EQ(convert("wg7.conf", "b.two"), Exit::done) << err_.str();
    using std::filesystem::perms;
    EXPECT_EQ(std::filesystem::status(path("b.two")).permissions(), perms{0600});
    EXPECT_EQ(std::filesystem::status(path("b.two.more")).permissions(), perms{0644});
}

TEST_F(Conversion, TakesWhatTheOwnerGivesTheDeviceAndNamesTheRest) {
    environment_.readers.add(".theirs", [](const std::filesystem::path&) {
        FileReading reading{.declaration = Declaration{.device = "wg7"}};
        reading.owners_part = {{InterfaceAddress::parse("10.0.0.1/24").value()}, 1400};
        reading.not_expressible.push_back(
            {Severity::note, {"x", 2}, "Host= of [Match] is left out"});
        return Result<FileReading>{std::move(reading)};
    });

    EXPECT_EQ(convert("x.theirs", "a.json"), Exit::done);
    EXPECT_EQ(err_.str(), "x:2: note: Host= of [Match] is left out\n");
    EXPECT_NE(text_of("a.json").find("10.0.0.1/24"), std::string::npos);
    EXPECT_NE(text_of("a.json").find("1400"), std::string::npos);
}

TEST_F(Conversion, ReadsByNameWhatIsNoFile) {
    std::string asked;
    environment_.readers.add_named([&](const std::filesystem::path& name) -> Result<FileReading> {
        asked = name;
        if (name == "missing")
            return fail(Errc::not_found, "look", "there is none; did you mean Office");
        FileReading reading{.declaration = Declaration{.device = "wg7", .mode = Mode::own}};
        reading.title = {"Office", true};
        return reading;
    });
    const auto to = [&](const std::string& name) {
        err_.str("");
        return run(environment_, std::vector<std::string>{"convert", asked, path(name)});
    };
    asked = "Office";
    EXPECT_EQ(to("Office.conf"), Exit::done) << err_.str();
    EXPECT_EQ(err_.str(), "");
    EXPECT_EQ(to("wg7.conf"), Exit::done);
    EXPECT_TRUE(err_.str().contains("the name \"Office\" is left out")) << err_.str();
    asked = "missing";
    EXPECT_EQ(to("a.json"), Exit::failed);
    EXPECT_TRUE(err_.str().contains("there is no such file, and there is none; did you mean"));
}

TEST_F(Conversion, WritesNothingWithoutTheKeys) {
    environment_.readers.add(".secret", [](const std::filesystem::path&) {
        FileReading reading{.declaration = Declaration{.device = "wg7"}};
        reading.without_keys = "not yours";
        return Result<FileReading>{std::move(reading)};
    });
    EXPECT_EQ(convert("x.secret", "a.json"), Exit::failed);
    EXPECT_TRUE(err_.str().contains("the keys are not for you to read: not yours")) << err_.str();
    EXPECT_FALSE(std::filesystem::exists(path("a.json")));
}

TEST_F(Conversion, NamesAConfAfterItsDevice) {
    write("a.json", R"({"version": 1, "device": "wg7", "mode": "own"})");

    EXPECT_EQ(convert("a.json", "wg8.conf"), Exit::failed);
    EXPECT_NE(err_.str().find("write to wg7.conf"), std::string::npos);
    EXPECT_EQ(convert("a.json", "wg7.netdev"), Exit::failed);
    EXPECT_NE(err_.str().find("must end in one of: .conf, .json"), std::string::npos);
}

} // namespace
} // namespace wgnl::cli
