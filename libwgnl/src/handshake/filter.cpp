// SPDX-License-Identifier: LGPL-2.1-or-later
// The filter of the handshake socket: finds the UDP header, then looks at length and type.
#include "filtered_socket.hpp"

#include <initializer_list>

#include <linux/if_packet.h>
#include <netinet/in.h>

namespace wgnl {
namespace {

using Program = std::vector<sock_filter>;

constexpr std::uint32_t ipv4_fragment_at = 6;
constexpr std::uint32_t ipv4_protocol_at = 9;
constexpr std::uint32_t ipv4_fragment_offset = 0x1fff;
constexpr std::uint32_t ipv6_next_header_at = 6;
constexpr std::uint32_t ipv6_header_size = 40;
constexpr std::uint32_t ipv6_fragment_offset = 0xfff8;
constexpr int most_extension_headers = 4;
/// The first word of the payload, in the byte order that a filter loads.
constexpr std::uint32_t initiation_type = 0x01000000;
constexpr std::uint32_t response_type = 0x02000000;

void append(Program& program, std::initializer_list<sock_filter> more) {
    program.insert(program.end(), more);
}

constexpr sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);

/// Skips the next `count` instructions if the accumulator is `value`.
sock_filter skip_if(std::uint32_t value, std::size_t count) {
    return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, static_cast<std::uint8_t>(count), 0);
}

/// Skips the next `count` instructions unless the accumulator is `value`.
sock_filter skip_unless(std::uint32_t value, std::size_t count) {
    return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, static_cast<std::uint8_t>(count));
}

/// X: where the UDP header begins. Only a first fragment has one.
void find_in_ipv4(Program& program, bool fragments) {
    if (fragments)
        append(program, {
                            BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ipv4_protocol_at),
                            skip_if(IPPROTO_UDP, 1),
                            drop,
                            BPF_STMT(BPF_LD | BPF_H | BPF_ABS, ipv4_fragment_at),
                            BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, ipv4_fragment_offset, 0, 1),
                            drop,
                        });
    append(program, {BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0)});
}

/// Steps over the extension header at X, of the type in A, if that is one. Afterwards A is the type
/// of what stands at X then. All of them say at their second byte how many times 8 bytes follow the
/// first 8; that of a fragment is reserved, and 0.
Program over_extension_header() {
    return {
        skip_if(IPPROTO_HOPOPTS, 6),
        skip_if(IPPROTO_ROUTING, 5),
        skip_if(IPPROTO_DSTOPTS, 4),
        skip_unless(IPPROTO_FRAGMENT, 11),
        BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, ipv6_fragment_offset, 0, 1),
        drop,
        BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
        BPF_STMT(BPF_ST, 0),
        BPF_STMT(BPF_LD | BPF_B | BPF_IND, 1),
        BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 1),
        BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 3),
        BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
        BPF_STMT(BPF_MISC | BPF_TAX, 0),
        BPF_STMT(BPF_LD | BPF_MEM, 0),
    };
}

/// X: where the UDP header begins. Classic BPF has no loops: each extension header is a copy.
void find_in_ipv6(Program& program) {
    const auto step = over_extension_header();
    append(program, {
                        BPF_STMT(BPF_LDX | BPF_IMM, ipv6_header_size),
                        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ipv6_next_header_at),
                        skip_unless(IPPROTO_TCP, 1),
                        drop,
                        skip_if(IPPROTO_UDP, most_extension_headers * step.size() + 2),
                    });
    for (int count = 0; count < most_extension_headers; ++count)
        program.insert(program.end(), step.begin(), step.end());
    append(program, {skip_if(IPPROTO_UDP, 1), drop});
}

/// Packets for other machines come here where a link listens to all of its wire.
void drop_other_hosts(Program& program) {
    append(program, {
                        BPF_STMT(BPF_LD | BPF_B | BPF_ABS,
                                 static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE)),
                        skip_unless(PACKET_OTHERHOST, 1),
                        drop,
                    });
}

void drop_all_but_handshakes(Program& program) {
    append(program, {
                        BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4),
                        skip_if(initiation_udp_length, 2),
                        skip_if(response_udp_length, 4),
                        drop,
                        BPF_STMT(BPF_LD | BPF_W | BPF_IND, udp_header_size),
                        skip_if(initiation_type, 4),
                        drop,
                        BPF_STMT(BPF_LD | BPF_W | BPF_IND, udp_header_size),
                        skip_if(response_type, 1),
                        drop,
                    });
}

void take_headers(Program& program) {
    append(program, {
                        BPF_STMT(BPF_MISC | BPF_TXA, 0),
                        BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, udp_header_size),
                        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, longest_headers, 0, 1),
                        drop,
                        BPF_STMT(BPF_RET | BPF_A, 0),
                    });
}

} // namespace

std::vector<sock_filter> handshake_filter(FilterStart start) {
    using enum FilterStart;
    Program program;
    if (start == udp)
        append(program, {BPF_STMT(BPF_LDX | BPF_IMM, 0)});
    else if (start == ipv6_packet)
        find_in_ipv6(program);
    else
        find_in_ipv4(program, start == ipv4_packet);
    drop_all_but_handshakes(program);
    if (start == ipv4_packet || start == ipv6_packet)
        drop_other_hosts(program);
    take_headers(program);
    return program;
}

} // namespace wgnl
