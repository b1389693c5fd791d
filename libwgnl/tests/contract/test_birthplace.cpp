// SPDX-License-Identifier: LGPL-2.1-or-later
// What only the module can do: one name in two namespaces, and a birthplace that ends.
#include <cerrno>
#include <chrono>
#include <thread>

#include "contract/namespace_contract.hpp"
#include "patience.hpp"

namespace wgnl::tests {
namespace {

class Birthplace : public NamespaceContract {};

TEST_F(Birthplace, ATakenNameIsRefusedThere) {
    expect(away().links().create("wgc0", backend()));

    const auto moved = client().links().move("wgc0", there());

    EXPECT_EQ(moved.error().errnum(), EEXIST);
    EXPECT_TRUE(client().links().get("wgc0"));
}

TEST_F(Birthplace, ANameThatOnlyTheBirthplaceHasIsFree) {
    const CreateOptions apart{.sockets = Namespace::current().value()};
    expect(away().links().create("wgc0", apart));

    EXPECT_TRUE(away().links().get("wgc0"));
    EXPECT_EQ(away().links().list()->size(), 1U);
    EXPECT_EQ(away().links().create("wgc0", apart).error().errnum(), EEXIST);
}

TEST_F(Birthplace, ABirthplaceThatIsGoneIsToldInWords) {
    expect(away().links().create("wgc1", backend()));
    expect(away().links().move("wgc1", Namespace::current().value()));
    leave_there();
    // The kernel takes a namespace down in its own time, and announces nothing.
    const auto limit = std::chrono::steady_clock::now() + patience;
    auto port = client().devices().set("wgc1", {.listen_port = 51996});
    for (int i = 0; port && std::chrono::steady_clock::now() < limit; i = (i + 1) % 10'000) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        port =
            client().devices().set("wgc1", {.listen_port = static_cast<std::uint16_t>(40'000 + i)});
    }

    ASSERT_FALSE(port);
    EXPECT_EQ(port.error().code(), Errc::permission_denied);
    EXPECT_NE(port.error().detail().find("create it again"), std::string::npos);
    const auto up = client().links().set_up("wgc1", true);
    ASSERT_FALSE(up);
    EXPECT_EQ(up.error().errnum(), ENONET) << up.error().to_string();
    EXPECT_NE(up.error().detail().find("is gone"), std::string::npos);
    expect(client().links().remove("wgc1"));
}

} // namespace
} // namespace wgnl::tests
