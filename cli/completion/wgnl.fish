# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of wgnl for fish.
function __wgnl_devices
    wgnl list 2>/dev/null
end
# Those of the device that stands on the line already.
function __wgnl_peers
    for device in (wgnl list 2>/dev/null)
        contains -- $device (commandline -opc); and wgnl list $device 2>/dev/null
    end
end
# WireGuard profiles of NetworkManager: their names, and their UUIDs once one is begun.
function __wgnl_profiles
    set -l word (commandline -ct)
    nmcli --escape no --get-values TYPE,UUID,NAME connection show 2>/dev/null | while read -l -d : kind uuid name
        test "$kind" = wireguard; or continue
        printf '%s\t%s\n' $name 'Profile of NetworkManager'
        test -n "$word"; and printf '%s\t%s\n' $uuid $name
    end
end

complete -c wgnl -f
complete -c wgnl -s h -l help -d 'Print help'
complete -c wgnl -n __fish_use_subcommand -l version -d 'Print the version'
complete -c wgnl -n __fish_use_subcommand -a status -d 'Show devices and their peers'
complete -c wgnl -n __fish_use_subcommand -a show -d 'Show everything about a device'
complete -c wgnl -n __fish_use_subcommand -a monitor -d 'Print a line for everything that happens'
complete -c wgnl -n __fish_use_subcommand -a metrics -d 'Print metrics of devices and peers'
complete -c wgnl -n __fish_use_subcommand -a wait -d 'Wait until a peer is established'
complete -c wgnl -n __fish_use_subcommand -a reconcile -d 'Compare again, and repair'
complete -c wgnl -n __fish_use_subcommand -a check -d 'Find mistakes in files'
complete -c wgnl -n __fish_use_subcommand -a diff -d 'Show what applying a file would change'
complete -c wgnl -n __fish_use_subcommand -a apply -d 'Apply a file now, without the daemon'
complete -c wgnl -n __fish_use_subcommand -a convert -d 'Write a file in another format'
complete -c wgnl -n __fish_use_subcommand -a adopt -d 'Take a device over from systemd-networkd'
complete -c wgnl -n __fish_use_subcommand -a release -d 'Give an adopted device back to it'
complete -c wgnl -n __fish_use_subcommand -a peers -d 'Check, show, sign, extend signed lists of peers'
complete -c wgnl -n __fish_use_subcommand -a genkey -d 'Print a new private key'
complete -c wgnl -n __fish_use_subcommand -a pubkey -d 'Print the public key of a private key'
complete -c wgnl -n __fish_use_subcommand -a genpsk -d 'Print a new preshared key'
complete -c wgnl -n '__fish_seen_subcommand_from status show monitor wait reconcile adopt release' -a '(__wgnl_devices)'
complete -c wgnl -n '__fish_seen_subcommand_from status show monitor diff' -l json -d 'Print JSON'
complete -c wgnl -n '__fish_seen_subcommand_from apply adopt release' -l dry-run -d 'Write nothing'
complete -c wgnl -n '__fish_seen_subcommand_from apply' -l empty -d 'Also for a file without peers'
complete -c wgnl -n '__fish_seen_subcommand_from metrics' -l prometheus -d 'In the older text format'
complete -c wgnl -n '__fish_seen_subcommand_from wait' -l peer -x -a '(__wgnl_peers)' -d 'Name or public key'
complete -c wgnl -n '__fish_seen_subcommand_from wait' -l all -d 'All peers'
complete -c wgnl -n '__fish_seen_subcommand_from wait' -l timeout -x -d 'Give up after (30, 2min)'
complete -c wgnl -n '__fish_seen_subcommand_from status show metrics diff apply' -l netns -x \
    -a '(ip netns list 2>/dev/null | string split -f 1 " ")' -d 'Network namespace'
complete -c wgnl -n '__fish_seen_subcommand_from apply' -l sockets-netns -x \
    -a '(ip netns list 2>/dev/null | string split -f 1 " ")' -d 'Where its encrypted packets go'
complete -c wgnl -n '__fish_seen_subcommand_from check diff apply convert' -F
complete -c wgnl -n '__fish_seen_subcommand_from check convert' -a '(__wgnl_profiles)'
complete -c wgnl -n '__fish_seen_subcommand_from peers' -a 'check show sign add' -F
complete -c wgnl -n '__fish_seen_subcommand_from peers' -l key -r -F -d 'An Ed25519 key of OpenSSH'
complete -c wgnl -n '__fish_seen_subcommand_from peers' -l name -x -d 'Name of the new peer'
complete -c wgnl -n '__fish_seen_subcommand_from peers' -l public-key -x -d 'Its public key'
complete -c wgnl -n '__fish_seen_subcommand_from peers' -l address -x -d 'A prefix that is its own'
complete -c wgnl -n '__fish_seen_subcommand_from peers' -l endpoint -x -d 'Where it is reached'
complete -c wgnl -n '__fish_seen_subcommand_from peers' -l not-after -x -d 'When the list expires'
