// SPDX-License-Identifier: LGPL-2.1-or-later
// One look at NetworkManager, then the end.
#include <cstdio>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "nm/service/network_manager.hpp"
#include "nm/service/service.hpp"

namespace wgnl::nm {
namespace {

void print_problems(const std::vector<Problem>& problems) {
    for (const auto& problem : problems)
        fmt::print(stderr, "{}\n", to_string(problem));
}

class Once {
public:
    explicit Once(GDBusConnection* bus)
        : loop_(g_main_loop_new(nullptr, FALSE)),
          network_manager_(bus, {.changed = [this] { look(); }, .edited = [](const auto&) {}}) {}
    Once(const Once&) = delete;
    Once& operator=(const Once&) = delete;
    ~Once() { g_main_loop_unref(loop_); }

    int run() {
        g_main_loop_run(loop_);
        return code_;
    }

private:
    void look() {
        if (network_manager_.presence() == NetworkManager::Presence::away)
            give_up("NetworkManager does not run");
        else if (!std::exchange(looked_, true))
            read_all();
    }

    void read_all() {
        auto all = network_manager_.objects().active_profiles();
        std::erase_if(all, [](const auto& active) { return !active.activated; });
        left_ = all.size();
        for (const auto& active : all)
            network_manager_.fetch(active.profile, [this, active](auto fetched) {
                print(active, fetched);
                if (--left_ == 0)
                    g_main_loop_quit(loop_);
            });
        if (left_ == 0)
            g_main_loop_quit(loop_);
    }

    void print(const ActiveProfile& active, const Result<FetchedProfile>& fetched) {
        if (!fetched)
            return give_up(fetched.error().to_string());
        auto read = read_running(*fetched, active);
        print_problems(read.problems);
        if (!read.declaration)
            return;
        print_problems(read.declaration->problems);
        fmt::print("{}\n", to_json(without_secrets(std::move(*read.declaration))));
    }

    void give_up(const std::string& why) {
        fmt::print(stderr, "{}\n", why);
        code_ = EXIT_FAILURE;
        g_main_loop_quit(loop_);
    }

    GMainLoop* loop_;
    bool looked_{false};
    std::size_t left_{0};
    int code_{EXIT_SUCCESS};
    NetworkManager network_manager_;
};

} // namespace

int print_once(GDBusConnection* bus) { return Once(bus).run(); }

} // namespace wgnl::nm
