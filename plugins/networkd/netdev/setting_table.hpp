// SPDX-License-Identifier: LGPL-2.1-or-later
// The keys of a .netdev file, a row each: who reads its value, who writes it, what to write instead
// of a wrong one, and which systemd knew it first.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/declaration.hpp>

#include "networkd/files/problems.hpp"

namespace wgnl::networkd {

class NetdevSection;
class DeviceSection;
class PeerSection;
class ExtensionSection;
class NetdevWriter;

/// What is known of a key beside its value.
struct KnownKey {
    std::string_view section{};
    std::string_view key{};
    std::string_view hint{}; ///< what to write instead of a wrong value
    unsigned since{};        ///< of systemd; 0: networkd passes it over
};

template <typename Read, typename Write> struct Setting : KnownKey {
    Read read{};
    Write write{}; ///< null: it is written by another key, or a declaration does not hold it
};

/// What takes a value of a section that there is once for a device.
template <typename Section>
using TakeValue = void (Section::*)(const Subject& subject, const IniAssignment& assignment);
/// What writes the key, with the value that the declaration has for it, or nothing.
using WriteValue = void (NetdevWriter::*)(std::string_view key);

using NetdevSetting = Setting<TakeValue<NetdevSection>, WriteValue>;
using DeviceSetting = Setting<TakeValue<DeviceSection>, WriteValue>;
using ExtensionSetting = Setting<TakeValue<ExtensionSection>, WriteValue>;
using PeerSetting = Setting<void (PeerSection::*)(const IniAssignment& assignment),
                            void (NetdevWriter::*)(std::string_view key, const DeclaredPeer& peer)>;

// In the order in which they are written.
std::span<const NetdevSetting> netdev_settings();
std::span<const DeviceSetting> device_settings();
std::span<const ExtensionSetting> extension_settings();
std::span<const PeerSetting> peer_settings();

/// The row of a key, or null.
template <typename Row> const Row* find_setting(std::span<const Row> rows, std::string_view key) {
    const auto found = std::ranges::find(rows, key, &Row::key);
    return found == rows.end() ? nullptr : &*found;
}

/// Of all sections, [Match] too.
std::vector<KnownKey> known_keys();

/// What problems of that assignment are about, with the hint of its row; where the value is the
/// name of a credential, it is not how it is written that is wrong.
template <typename Row> Subject subject_in(std::span<const Row> rows, const std::string& file,
                                           const IniAssignment& assignment) {
    auto subject = subject_of(file, assignment);
    const auto* row = find_setting(rows, assignment.key);
    if (row != nullptr && !assignment.value.starts_with('@'))
        subject.hint = row->hint;
    return subject;
}

/// Tells of a key that the section does not have, and of what was meant.
void report_unknown_key(ProblemCollector& problems, const Subject& subject,
                        const IniAssignment& assignment, std::string_view section);

/// What was meant by the name of a section; empty if that cannot be told.
std::string advice_on_section(std::string_view written);

} // namespace wgnl::networkd
