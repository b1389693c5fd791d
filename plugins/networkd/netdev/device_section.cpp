// SPDX-License-Identifier: LGPL-2.1-or-later
// [WireGuard]: each key stands for itself; with a bad private key the whole device is kept as it
// is.
#include "networkd/netdev/sections.hpp"

#include <limits>

#include <fmt/format.h>

#include "networkd/files/text.hpp"
#include "networkd/netdev/keys.hpp"
#include "networkd/netdev/setting_table.hpp"

namespace wgnl::networkd {
namespace {

constexpr std::uint64_t largest_u16 = std::numeric_limits<std::uint16_t>::max();
constexpr std::uint64_t largest_u32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::string_view kept_as_it_is = "; the device is left as it is";
constexpr std::string_view ignored = "; it is ignored";

std::string_view stem_of(std::string_view path) {
    auto name = base_name(path);
    name.remove_suffix(name.ends_with(".netdev") ? std::string_view(".netdev").size() : 0);
    return name;
}

} // namespace

void DeviceSection::take(const SourceFile& file, const IniSection& section) {
    for (const auto& assignment : section.assignments) {
        const auto subject = subject_in(device_settings(), file.path, assignment);
        if (assignment.key == "PrivateKey" && !assignment.value.empty() && file.readable_by_all)
            context_.problems.warning(subject, "the file holds a private key but others may read "
                                               "it: chgrp systemd-network and chmod 0640");
        if (const auto* row = find_setting(device_settings(), assignment.key))
            (this->*row->read)(subject, assignment);
        else
            report_unknown_key(context_.problems, subject, assignment, section.name);
    }
}

void DeviceSection::take_private_key_file(const Subject& subject, const IniAssignment& assignment) {
    key_file_ = assignment.value;
    key_file_subject_ = subject;
}

void DeviceSection::take_private_key(const Subject& subject, const IniAssignment& assignment) {
    const auto value = assignment.value;
    taken_.private_key.reset();
    if (value.empty())
        return;
    SecretText credential;
    const bool is_credential = value.starts_with('@');
    if (is_credential) {
        std::string lack;
        auto text = context_.credential(value.substr(1), lack);
        key_sealed_ = !text && lack.empty();
        if (!text)
            return key_sealed_ ? void()
                               : reject_key(subject.without_hint(),
                                            fmt::format("PrivateKey={} {}", excerpt(value), lack));
        credential = std::move(*text);
    }
    auto key = decode_key<PrivateKey>(is_credential ? credential.view() : value);
    if (!key) {
        key_rejected_ = true;
        return context_.problems.refused(
            is_path_of_key(value) ? subject.without_hint() : subject, assignment,
            fmt::format("PrivateKey= {}", reason_of_key(value, "PrivateKeyFile", key.error())),
            kept_as_it_is);
    }
    if (!key->is_zero())
        taken_.private_key = std::move(*key);
}

void DeviceSection::refuse(const Subject& subject, const IniAssignment& assignment,
                           std::string_view what) {
    context_.problems.refused(
        subject, assignment,
        fmt::format("{}={} {}", assignment.key, excerpt(assignment.value), what), ignored);
}

void DeviceSection::reject_key(const Subject& subject, std::string_view text) {
    context_.problems.error(subject, fmt::format("{}{}", text, kept_as_it_is));
    key_rejected_ = true;
}

void DeviceSection::take_listen_port(const Subject& subject, const IniAssignment& assignment) {
    const auto value = assignment.value;
    if (value.empty() || value == "auto") {
        taken_.listen_port.reset();
        listen_port_location_ = {};
        return;
    }
    auto port = parse_number(value, largest_u16);
    if (port && *port > 0) {
        taken_.listen_port = static_cast<std::uint16_t>(*port);
        listen_port_location_ = subject.location;
    } else
        refuse(subject, assignment, "is not a number from 1 to 65535 or \"auto\"");
}

void DeviceSection::take_fwmark(const Subject& subject, const IniAssignment& assignment) {
    if (auto mark = parse_number(assignment.value, largest_u32))
        taken_.fwmark = static_cast<std::uint32_t>(*mark);
    else
        refuse(subject, assignment, "is not a number from 0 to 4294967295");
}

void DeviceSection::take_route_table(const Subject& subject, const IniAssignment& assignment) {
    const auto value = assignment.value;
    if (value.empty() || parse_boolean(value) == false) {
        taken_.route_table.reset();
        return;
    }
    if (auto table = context_.read.tables.find(value))
        taken_.route_table = table;
    else
        refuse(subject, assignment,
               "is neither a known table nor a number from 1 to 4294967295 nor \"off\"");
}

void DeviceSection::read_key_file() {
    const auto& subject = key_file_subject_;
    auto text = read_key_text(context_.read.root, key_file_, context_.inputs, context_.read.judge);
    auto key = text ? decode_key<PrivateKey>(text->text.view())
                    : OrReason<PrivateKey>(std::unexpected(text.error()));
    if (!key)
        return reject_key(subject,
                          fmt::format("PrivateKeyFile={} {}", excerpt(key_file_), key.error()));
    if (text->readable_by_all)
        context_.problems.warning(subject,
                                  fmt::format("PrivateKeyFile={} may be read by others: chgrp "
                                              "systemd-network and chmod 0640",
                                              excerpt(key_file_)));
    if (!text->closed.empty())
        context_.problems.warning(
            subject, fmt::format("PrivateKeyFile={} {}", excerpt(key_file_), text->closed));
    taken_.private_key = std::move(*key);
    key_sealed_ = false;
}

void DeviceSection::read_default_credential(const std::string& path) {
    auto name = fmt::format("network.wireguard.private.{}", stem_of(path));
    std::string lack;
    auto text = context_.credential(name, lack);
    if (!text && lack.empty())
        return;
    if (!text)
        return reject_key({{path}}, fmt::format("there is no private key: set PrivateKeyFile= in "
                                                "[WireGuard], or pass the credential {}",
                                                excerpt(name)));
    auto key = decode_key<PrivateKey>(text->view());
    if (!key)
        return reject_key({{path}},
                          fmt::format("the credential {} {}", excerpt(name), key.error()));
    taken_.private_key = std::move(*key);
}

void DeviceSection::finish(const std::string& path, Declaration& declaration) {
    if (!key_file_.empty())
        read_key_file();
    if (!key_rejected_ && !key_sealed_ && (!taken_.private_key || taken_.private_key->is_zero()))
        read_default_credential(path);
    declaration.kept_as_is = declaration.kept_as_is || key_rejected_;
    if (!key_rejected_)
        declaration.private_key = std::move(taken_.private_key);
    declaration.listen_port = taken_.listen_port;
    declaration.fwmark = taken_.fwmark;
    declaration.route_table = taken_.route_table;
    declaration.route_metric = taken_.route_metric;
}

} // namespace wgnl::networkd
