// SPDX-License-Identifier: LGPL-2.1-or-later
// [WireGuard]: each key stands for itself, a bad private key holds the whole device.
#include "networkd/netdev/sections.hpp"

#include <limits>

#include <fmt/format.h>

#include "networkd/files/text.hpp"
#include "networkd/netdev/keys.hpp"

namespace wgnl::networkd {
namespace {

constexpr std::uint64_t largest_u16 = std::numeric_limits<std::uint16_t>::max();
constexpr std::uint64_t largest_u32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::string_view device_held = "; the device is left as it is";
constexpr std::string_view ignored = "; it is ignored";

std::string_view stem_of(std::string_view path) {
    auto name = base_name(path);
    name.remove_suffix(name.ends_with(".netdev") ? std::string_view(".netdev").size() : 0);
    return name;
}

} // namespace

void DeviceSection::take(const SourceFile& file, const IniSection& section) {
    for (const auto& assignment : section.assignments) {
        if (assignment.key == "PrivateKeyFile") {
            key_file_ = assignment.value;
            key_file_path_ = file.path;
            key_file_line_ = assignment.line;
        }
        if (assignment.key == "PrivateKey" && !assignment.value.empty() && file.readable_by_all)
            reading_.report.warning({file.path, assignment.line},
                                    "the file holds a private key but others may read it: chgrp "
                                    "systemd-network and chmod 0640");
        assign({file.path, assignment.line}, assignment);
    }
}

void DeviceSection::assign(const Location& where, const IniAssignment& assignment) {
    auto key = assignment.key;
    if (key == "PrivateKey")
        take_private_key(where, assignment);
    else if (key == "ListenPort")
        take_listen_port(where, assignment);
    else if (key == "FirewallMark" || key == "FwMark")
        take_fwmark(where, assignment);
    else if (key == "RouteTable")
        take_route_table(where, assignment);
    else if (key == "RouteMetric")
        take_route_metric(where, assignment);
    else if (key != "PrivateKeyFile")
        reading_.report.unknown_key(where, assignment, "WireGuard");
}

void DeviceSection::take_private_key(const Location& where, const IniAssignment& assignment) {
    const auto value = assignment.value;
    key_.reset();
    if (value.empty())
        return;
    SecretText credential;
    const bool is_credential = value.starts_with('@');
    if (is_credential) {
        std::string lack;
        auto text = reading_.credential(value.substr(1), lack);
        key_sealed_ = !text && lack.empty();
        if (!text)
            return key_sealed_
                       ? void()
                       : reject_key(where, fmt::format("PrivateKey={} {}", excerpt(value), lack));
        credential = std::move(*text);
    }
    auto key = decode_key<PrivateKey>(is_credential ? credential.view() : value);
    if (!key) {
        key_rejected_ = true;
        return reading_.report.refused(
            where, assignment,
            fmt::format("PrivateKey= {}", reason_of_key(value, "PrivateKeyFile", key.error())),
            device_held);
    }
    if (!key->is_zero())
        key_ = std::move(*key);
}

void DeviceSection::reject_key(const Location& where, std::string_view text) {
    reading_.report.error(where, fmt::format("{}{}", text, device_held));
    key_rejected_ = true;
}

void DeviceSection::take_listen_port(const Location& where, const IniAssignment& assignment) {
    const auto value = assignment.value;
    if (value.empty() || value == "auto") {
        listen_port_.reset();
        listen_port_where_.clear();
        return;
    }
    auto port = parse_number(value, largest_u16);
    if (port && *port > 0) {
        listen_port_ = static_cast<std::uint16_t>(*port);
        listen_port_where_ = where.to_string();
    } else
        reading_.report.refused(
            where, assignment,
            fmt::format("ListenPort={} is not a number from 1 to 65535 or \"auto\"",
                        excerpt(value)),
            ignored);
}

void DeviceSection::take_fwmark(const Location& where, const IniAssignment& assignment) {
    if (auto mark = parse_number(assignment.value, largest_u32))
        fwmark_ = static_cast<std::uint32_t>(*mark);
    else
        reading_.report.refused(where, assignment,
                                fmt::format("{}={} is not a number from 0 to 4294967295",
                                            assignment.key, excerpt(assignment.value)),
                                ignored);
}

void DeviceSection::take_route_table(const Location& where, const IniAssignment& assignment) {
    const auto value = assignment.value;
    if (value.empty() || parse_boolean(value) == false) {
        route_table_.reset();
        return;
    }
    if (auto table = reading_.around.tables.find(value))
        route_table_ = table;
    else
        reading_.report.refused(where, assignment,
                                fmt::format("RouteTable={} is neither a known table nor a number "
                                            "from 1 to 4294967295 nor \"off\"",
                                            excerpt(value)),
                                ignored);
}

void DeviceSection::take_route_metric(const Location& where, const IniAssignment& assignment) {
    const auto value = assignment.value;
    if (value.empty()) {
        route_metric_.reset();
        return;
    }
    if (auto metric = parse_number(value, largest_u32))
        route_metric_ = static_cast<std::uint32_t>(*metric);
    else
        reading_.report.refused(
            where, assignment,
            fmt::format("RouteMetric={} is not a number from 0 to 4294967295", excerpt(value)),
            ignored);
}

void DeviceSection::read_key_file() {
    const Location where{key_file_path_, key_file_line_};
    auto text =
        read_key_text(reading_.around.root, key_file_, reading_.inputs, reading_.around.judge);
    auto key = text ? decode_key<PrivateKey>(text->text.view())
                    : OrReason<PrivateKey>(std::unexpected(text.error()));
    if (!key)
        return reject_key(where,
                          fmt::format("PrivateKeyFile={} {}", excerpt(key_file_), key.error()));
    if (text->readable_by_all)
        reading_.report.warning(where, fmt::format("PrivateKeyFile={} may be read by others: chgrp "
                                                   "systemd-network and chmod 0640",
                                                   excerpt(key_file_)));
    if (!text->closed.empty())
        reading_.report.warning(
            where, fmt::format("PrivateKeyFile={} {}", excerpt(key_file_), text->closed));
    key_ = std::move(*key);
    key_sealed_ = false;
}

void DeviceSection::read_default_credential(const std::string& path) {
    auto name = fmt::format("network.wireguard.private.{}", stem_of(path));
    std::string lack;
    auto text = reading_.credential(name, lack);
    if (!text && lack.empty())
        return;
    if (!text)
        return reject_key({path, 0}, fmt::format("there is no private key: set PrivateKeyFile= in "
                                                 "[WireGuard], or pass the credential {}",
                                                 excerpt(name)));
    auto key = decode_key<PrivateKey>(text->view());
    if (!key)
        return reject_key({path, 0},
                          fmt::format("the credential {} {}", excerpt(name), key.error()));
    key_ = std::move(*key);
}

void DeviceSection::finish(const std::string& path, Declaration& declaration) {
    if (!key_file_.empty())
        read_key_file();
    if (!key_rejected_ && !key_sealed_ && (!key_ || key_->is_zero()))
        read_default_credential(path);
    declaration.held = declaration.held || key_rejected_;
    if (!key_rejected_)
        declaration.private_key = std::move(key_);
    declaration.listen_port = listen_port_;
    declaration.fwmark = fwmark_;
    declaration.route_table = route_table_;
    declaration.route_metric = route_metric_;
}

} // namespace wgnl::networkd
