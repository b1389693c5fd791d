# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of wgnl for bash.
_wgnl() {
    local current=$2 previous=$3 verb=${COMP_WORDS[1]}
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "status show monitor metrics wait reconcile check diff apply convert
            adopt release genkey pubkey genpsk --help --version" -- "$current")
        return
    fi
    case $previous in
    --peer | --timeout) return ;;
    --netns | --sockets-netns)
        mapfile -t COMPREPLY < <(compgen -W "$(ip netns list 2>/dev/null | cut -d ' ' -f 1)" -- \
            "$current")
        return
        ;;
    esac
    case $verb in
    check | diff | apply | convert)
        local options=--help
        [[ $verb != check ]] && options+=" --netns"
        [[ $verb == diff ]] && options+=" --json"
        [[ $verb == apply ]] && options+=" --dry-run --sockets-netns"
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current"
            compgen -d -S / -- "$current"
            compgen -f -X '!*.@(netdev|conf|json)' -- "$current")
        ;;
    metrics) mapfile -t COMPREPLY < <(compgen -W "--help --prometheus --netns" -- "$current") ;;
    status | show | monitor | wait | reconcile | adopt | release)
        local options=--help
        [[ $verb == status || $verb == show ]] && options+=" --json --netns"
        [[ $verb == monitor ]] && options+=" --json"
        [[ $verb == adopt || $verb == release ]] && options+=" --dry-run"
        [[ $verb == wait ]] && options+=" --peer --all --timeout"
        mapfile -t COMPREPLY < <(compgen -W "$options $(_wgnl_devices)" -- "$current")
        ;;
    esac
}

_wgnl_devices() {
    wgnl status --json 2>/dev/null | sed -n 's/^    "name": "\(.*\)",$/\1/p'
}

complete -o filenames -F _wgnl wgnl
