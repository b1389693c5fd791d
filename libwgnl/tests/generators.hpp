// SPDX-License-Identifier: LGPL-2.1-or-later
// Generators of the library's values for property tests. They are compiled once, in generators.cpp,
// because what rapidcheck makes of them takes longer than most tests.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <rapidcheck.h>

#include <wgnl/address.hpp>
#include <wgnl/declaration.hpp>
#include <wgnl/key.hpp>

namespace wgnl::testing {

rc::Gen<PublicKey> public_keys();

/// One of `count` fixed keys, so that independent values share some of them.
rc::Gen<PublicKey> few_public_keys(int count = 6);
rc::Gen<PrivateKey> private_keys();
rc::Gen<PresharedKey> preshared_keys();

IpAddress address_of(Family family, const KeyBytes& bytes);
rc::Gen<Family> families();
rc::Gen<IpAddress> ip_addresses();
rc::Gen<AllowedIp> allowed_ips();

/// One of `count` prefixes of both families, nested ones among them.
rc::Gen<AllowedIp> few_allowed_ips(int count = 12);
rc::Gen<InterfaceAddress> interface_addresses();

/// Any address; a link-local one has a scope that no interface of this machine has.
rc::Gen<Endpoint> endpoints();

/// Text without control characters: quotes, escapes and UTF-8 of every length among it.
rc::Gen<std::string> texts();
rc::Gen<std::string> device_names();
rc::Gen<std::string> endpoint_texts();

/// Present or absent, half of the time each.
template <typename T> rc::Gen<std::optional<T>> maybe(rc::Gen<T> value) {
    return rc::gen::oneOf(
        rc::gen::just(std::optional<T>()),
        rc::gen::map(std::move(value), [](T inner) { return std::optional<T>(std::move(inner)); }));
}

rc::Gen<bool> rarely();
rc::Gen<Problem> problems();

/// Valid declarations whose peers use these keys and prefixes.
rc::Gen<Declaration> declarations(const rc::Gen<PublicKey>& keys,
                                  const rc::Gen<AllowedIp>& prefixes);

/// Valid declarations over all keys and prefixes.
rc::Gen<Declaration> declarations();

/// Valid declarations over few keys and prefixes, so that two of them have peers in common.
rc::Gen<Declaration> alike_declarations();

} // namespace wgnl::testing
