# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of wgnl for bash.

# The options of a verb.
_wgnl_options() {
    case $1 in
    status | show | diff) echo --help --json --netns ;;
    monitor) echo --help --json ;;
    metrics) echo --help --prometheus --netns ;;
    wait) echo --help --peer --all --timeout ;;
    apply) echo --help --dry-run --sockets-netns --netns ;;
    adopt | release) echo --help --dry-run ;;
    *) echo --help ;;
    esac
}

# What an option takes; fails if it takes nothing.
_wgnl_values() {
    case $1 in
    --netns | --sockets-netns) ip netns list 2>/dev/null | cut -d ' ' -f 1 ;;
    --peer) wgnl list "$(_wgnl_device)" 2>/dev/null ;;
    --timeout) ;;
    *) return 1 ;;
    esac
}

# The device on the command line: the first word behind the verb that is neither an option nor its
# value.
_wgnl_device() {
    local at
    for ((at = 2; at < COMP_CWORD; at++)); do
        case ${COMP_WORDS[at]} in
        --peer | --timeout | --netns | --sockets-netns) ((at++)) ;;
        -*) ;;
        *) echo "${COMP_WORDS[at]}" && return ;;
        esac
    done
}

# Profiles of NetworkManager that begin with a word: their names, and their UUIDs once one is begun.
_wgnl_profiles() {
    local word=${1//\\/} kind uuid name
    while IFS=: read -r kind uuid name; do
        [[ $kind == wireguard ]] || continue
        [[ $name != "$word"* ]] || printf '%s\n' "$name"
        [[ -z $word || $uuid != "$word"* ]] || printf '%s\n' "$uuid"
    done < <(nmcli --escape no --get-values TYPE,UUID,NAME connection show 2>/dev/null)
}

# The operands of a verb that begin with a word.
_wgnl_operands() {
    case $1 in
    check | diff | apply | convert)
        compgen -d -S / -- "$2"
        compgen -f -X '!*.@(netdev|conf|json|nmconnection)' -- "$2"
        [[ $1 != check && $1$COMP_CWORD != convert2 ]] || _wgnl_profiles "$2"
        ;;
    status | show | monitor | wait | reconcile | adopt | release)
        compgen -W "$(wgnl list 2>/dev/null)" -- "$2"
        ;;
    esac
}

_wgnl() {
    local current=$2 verb=${COMP_WORDS[1]} values
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "status show monitor metrics wait reconcile check diff
            apply convert adopt release genkey pubkey genpsk --help --version --netns" -- "$current")
    elif values=$(_wgnl_values "$3"); then
        mapfile -t COMPREPLY < <(compgen -W "$values" -- "$current")
    elif [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_wgnl_options "$verb")" -- "$current")
    else
        mapfile -t COMPREPLY < <(_wgnl_operands "$verb" "$current")
    fi
}

complete -o filenames -F _wgnl wgnl
