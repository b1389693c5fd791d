// SPDX-License-Identifier: LGPL-2.1-or-later
// The verbs as CLI11 subcommands.
#include "program.hpp"

#include <algorithm>
#include <functional>
#include <ostream>

#include <CLI/CLI.hpp>

#include "terminal/format.hpp"
#include "verbs/verbs.hpp"

namespace wgnl::cli {
namespace {

constexpr const char* purpose = "WireGuard tunnels: their state, and files that declare them";
constexpr const char* footer = "Exit status: 0 done, 1 failed, 2 usage, 3 check or diff found "
                               "something, 4 wait timed out.\nSee wgnl(1).";

/// The parser with everything that its options write into.
class Program {
public:
    explicit Program(Environment& environment) : environment_(environment) { declare(); }
    Exit run(std::vector<std::string> arguments);

private:
    using Action = std::function<Exit()>;
    CLI::App* verb(const std::string& name, const std::string& help, Action action);
    /// One of several below another verb.
    CLI::App* verb_below(CLI::App* above, const std::string& name, const std::string& help,
                         Action action);
    /// One that works in the namespace of --netns.
    CLI::App* local_verb(const std::string& name, const std::string& help, Action action);
    Exit refuse_netns(const std::string& name);
    /// The first word, if it is no verb; empty: it is one, or there is none.
    std::string unknown_verb(const std::vector<std::string>& arguments) const;
    std::vector<std::string> verbs() const;
    void declare();
    void declare_state();
    void declare_files();
    void declare_handover();
    void declare_keys();
    void declare_lists();

    Environment& environment_;
    CLI::App app_{purpose, "wgnl"};
    Exit exit_{Exit::usage};
    StatusOptions status_{};
    ShowOptions show_{};
    MonitorOptions monitor_{};
    MetricsOptions metrics_{};
    WaitOptions wait_{};
    std::string timeout_{};
    ListOptions list_{};
    CheckOptions check_{};
    ApplyOptions apply_{};
    DiffOptions diff_{};
    ConvertOptions convert_{};
    ReconcileOptions reconcile_{};
    HandoverOptions handover_{};
    ListCheckOptions list_check_{};
    ListSignOptions list_sign_{};
    ListAddOptions list_add_{};
    ListShowOptions list_show_{};
};

CLI::App* Program::verb(const std::string& name, const std::string& help, Action action) {
    return verb_below(&app_, name, help, std::move(action));
}

CLI::App* Program::verb_below(CLI::App* above, const std::string& name, const std::string& help,
                              Action action) {
    auto* verb = above->add_subcommand(name, help);
    verb->fallthrough(); // --netns may stand behind it too
    verb->callback([this, name, action = std::move(action)] {
        exit_ = environment_.netns.empty() ? action() : refuse_netns(name);
    });
    return verb;
}

CLI::App* Program::local_verb(const std::string& name, const std::string& help, Action action) {
    auto* local = verb(name, help, {});
    local->callback([this, action = std::move(action)] { exit_ = action(); });
    return local;
}

Exit Program::refuse_netns(const std::string& name) {
    const bool asks = name == "monitor" || name == "wait" || name == "reconcile" ||
                      name == "adopt" || name == "release";
    environment_.console.err << "wgnl: " << name << " has no --netns: "
                             << (asks ? "it asks wgnld, which serves its own network namespace\n"
                                      : "it looks at no network namespace\n");
    return Exit::usage;
}

/// What is wrong with it; empty: nothing.
std::string check_span(const std::string& text) {
    return parse_span(text) ? std::string{}
                            : text + " is not a time: write seconds, or 500ms, 2min, 1h 30min";
}

void add_json(CLI::App* verb, Output& output) {
    verb->add_flag_callback("--json", [&output] { output = Output::json; }, "Print JSON");
}

void Program::declare() {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", "wgnl " WGNL_VERSION, "Print the version");
    app_.add_option("--netns", environment_.netns,
                    "Work in this network namespace, without the daemon: a name of \"ip netns\", "
                    "a path, or . for the caller's own")
        ->type_name("NAME|PATH");
    app_.footer(footer);
    declare_state();
    declare_files();
    declare_handover();
    declare_keys();
    declare_lists();
}

void Program::declare_state() {
    auto* status_verb = local_verb("status", "Show devices and their peers",
                                   [this] { return status(environment_, status_); });
    status_verb->add_option("DEV", status_.device,
                            "Only this device; also a profile of NetworkManager, by UUID or name, "
                            "or a file that declares it");
    add_json(status_verb, status_.output);

    auto* show_verb = local_verb("show", "Show everything about a device",
                                 [this] { return show(environment_, show_); });
    show_verb->add_option("DEV", show_.device, "The device")->required();
    add_json(show_verb, show_.output);

    auto* monitor_verb = verb("monitor", "Print a line for everything that happens",
                              [this] { return monitor(environment_, monitor_); });
    monitor_verb->add_option("DEV", monitor_.device, "Only this device");
    add_json(monitor_verb, monitor_.output);

    auto* wait_verb = verb("wait", "Wait until a peer is established", [this] {
        wait_.timeout = parse_span(timeout_);
        return wait(environment_, wait_);
    });
    wait_verb->add_option("DEV", wait_.device, "The device")->required();
    auto* peer = wait_verb->add_option("--peer", wait_.peer, "Name or public key of the peer");
    wait_verb->add_flag("--all", wait_.all_peers, "All peers")->excludes(peer);
    wait_verb->add_option("--timeout", timeout_, "Give up after so many seconds, or 2min")
        ->type_name("TIME")
        ->check(check_span);

    auto* metrics_verb = local_verb("metrics", "Print metrics of devices and peers",
                                    [this] { return metrics(environment_, metrics_); });
    metrics_verb->add_flag_callback(
        "--prometheus", [this] { metrics_.format = MetricsFormat::prometheus; },
        "In the older text format of Prometheus instead of OpenMetrics");

    auto* reconcile_verb = verb("reconcile", "Compare with the declaration again, and repair",
                                [this] { return reconcile(environment_, reconcile_); });
    reconcile_verb->add_option("DEV", reconcile_.device, "Only this device");

    auto* list_verb = verb("list", "Names for the completion of shells",
                           [this] { return list(environment_, list_); });
    list_verb->add_option("DEV", list_.device, "Its peers instead of the devices");
    list_verb->group(""); // not in the help
}

void Program::declare_files() {
    auto* check_verb =
        verb("check", "Find mistakes in .netdev, .conf, .json and .nmconnection files",
             [this] { return check(environment_, check_); });
    check_verb
        ->add_option("FILE", check_.files,
                     "Files to check, folders of such, or profiles of NetworkManager, by UUID "
                     "or name")
        ->required();

    auto* diff_verb = local_verb("diff", "Show what applying a file would change",
                                 [this] { return diff(environment_, diff_); });
    diff_verb->add_option("FILE", diff_.file, "A .netdev, .conf or .json file")->required();
    add_json(diff_verb, diff_.output);

    auto* apply_verb = local_verb("apply", "Apply a file now, without the daemon",
                                  [this] { return apply(environment_, apply_); });
    apply_verb->add_option("FILE", apply_.file, "A .netdev, .conf or .json file")->required();
    apply_verb->add_flag("--dry-run", apply_.dry_run, "Print the plan, change nothing");
    apply_verb->add_flag("--empty", apply_.empty,
                         "Also if the file has no peers, or was cut: remove those that are left");
    apply_verb
        ->add_option("--sockets-netns", apply_.sockets_netns,
                     "Where a device that is created sends and receives its encrypted packets")
        ->type_name("NAME|PATH");

    auto* convert_verb = verb("convert", "Write a file in another format",
                              [this] { return convert(environment_, convert_); });
    convert_verb
        ->add_option("FROM", convert_.from,
                     "A .netdev, .conf, .json or .nmconnection file, or a profile of "
                     "NetworkManager, by UUID or name")
        ->required();
    convert_verb->add_option("TO", convert_.to, "A new .netdev, .conf, .json or .nmconnection file")
        ->required();
}

void Program::declare_handover() {
    const auto declare_one = [this](const char* name, const char* help, auto act) {
        auto* parsed = verb(name, help, [this, act] { return act(environment_, handover_); });
        parsed->add_option("DEV", handover_.device, "The device")->required();
        parsed->add_flag("--dry-run", handover_.dry_run, "Print what would be written");
    };
    declare_one("adopt", "Take a device over from systemd-networkd", adopt);
    declare_one("release", "Give an adopted device back to systemd-networkd", release);
}

void Program::declare_keys() {
    verb("genkey", "Print a new private key", [this] { return genkey(environment_); });
    verb("pubkey", "Read a private key, print its public key",
         [this] { return pubkey(environment_); });
    verb("genpsk", "Print a new preshared key", [this] { return genpsk(environment_); });
}

void Program::declare_lists() {
    auto* above = verb("peers", "Signed lists of peers: check, show, sign, add", {});
    above->callback({});
    above->require_subcommand(1);
    auto* checked = verb_below(above, "check", "Find mistakes in a list, and say who signed it",
                               [this] { return check_list(environment_, list_check_); });
    checked->add_option("LIST", list_check_.file, "The file of the list")->required();

    auto* shown = verb_below(above, "show", "Show the lists that .netdev files name",
                             [this] { return show_lists(environment_, list_show_); });
    shown->add_option("DEV", list_show_.device, "Only those of this device");

    auto* is_signed = verb_below(above, "sign", "Sign a list, with ssh-keygen",
                                 [this] { return sign_list(environment_, list_sign_); });
    is_signed->add_option("LIST", list_sign_.file, "The file of the list")->required();
    is_signed
        ->add_option("--key", list_sign_.key,
                     "An Ed25519 key of OpenSSH, or its .pub file where an agent has it")
        ->required();

    auto* added = verb_below(above, "add", "Add a peer to a list, and raise its serial",
                             [this] { return add_to_list(environment_, list_add_); });
    added->add_option("LIST", list_add_.file, "The file of the list; a new one is begun")
        ->required();
    added->add_option("--name", list_add_.peer.name, "What people call the peer")->required();
    added->add_option("--public-key", list_add_.peer.public_key, "Its public key")->required();
    added->add_option("--address", list_add_.peer.addresses, "A prefix that is its own")
        ->required();
    added->add_option("--endpoint", list_add_.peer.endpoint, "HOST:PORT where it is reached");
    added->add_option("--not-after", list_add_.not_after,
                      "When the list expires: 2027-01-31T12:00:00Z");
}

/// Those that the help lists.
std::vector<std::string> Program::verbs() const {
    std::vector<std::string> names;
    for (const auto* verb : app_.get_subcommands([](const CLI::App*) { return true; }))
        if (!verb->get_group().empty())
            names.push_back(verb->get_name());
    return names;
}

std::string Program::unknown_verb(const std::vector<std::string>& arguments) const {
    auto word = arguments.begin();
    for (; word != arguments.end() && word->starts_with('-'); ++word)
        if (*word == "--netns" && std::next(word) != arguments.end())
            ++word;
    if (word == arguments.end())
        return {};
    const auto is_it = [&](const CLI::App* verb) { return verb->get_name() == *word; };
    return app_.get_subcommands(is_it).empty() ? *word : std::string{};
}

Exit Program::run(std::vector<std::string> arguments) {
    if (const auto unknown = unknown_verb(arguments); !unknown.empty()) {
        environment_.console.err << "wgnl: " << hint_for_verb(unknown, verbs()) << '\n';
        return Exit::usage;
    }
    std::ranges::reverse(arguments); // CLI11 takes them last first
    try {
        app_.parse(std::move(arguments));
        return exit_;
    } catch (const CLI::ParseError& error) {
        auto& console = environment_.console;
        return app_.exit(error, console.out, console.err) == 0 ? Exit::done : Exit::usage;
    }
}

} // namespace

Exit run(Environment& environment, std::span<const std::string> arguments) {
    return Program{environment}.run({arguments.begin(), arguments.end()});
}

} // namespace wgnl::cli
