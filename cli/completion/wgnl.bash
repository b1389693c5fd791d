# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of wgnl for bash.

# The lines of standard input that begin with a word, each quoted as one. Names come from other people:
# `compgen -W` would expand what stands in them, and readline leaves a `$(` as it is.
_wgnl_beginning() {
    local word=${1//\\/} line
    while IFS= read -r line; do
        [[ -z $line || $line != "$word"* ]] || printf '%q\n' "$line"
    done
}

# The options of a verb.
_wgnl_options() {
    case $1 in
    status | show | diff) echo --help --json --netns ;;
    monitor) echo --help --json ;;
    metrics) echo --help --prometheus --netns ;;
    wait) echo --help --peer --all --timeout ;;
    apply) echo --help --dry-run --empty --sockets-netns --netns ;;
    adopt | release) echo --help --dry-run ;;
    peers-sign) echo --help --key ;;
    peers-add) echo --help --name --public-key --address --endpoint --not-after ;;
    *) echo --help ;;
    esac
}

# What an option takes; fails if it takes nothing.
_wgnl_values() {
    case $1 in
    --netns | --sockets-netns) ip netns list 2>/dev/null | cut -d ' ' -f 1 ;;
    --peer) wgnl list "$(_wgnl_device)" 2>/dev/null ;;
    --timeout | --name | --public-key | --address | --endpoint | --not-after) ;;
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

# Profiles of NetworkManager: their names, and their UUIDs once a word is begun.
_wgnl_profiles() {
    local kind uuid name
    while IFS=: read -r kind uuid name; do
        [[ $kind == wireguard ]] || continue
        printf '%s\n' "$name" ${1:+"$uuid"}
    done < <(nmcli --escape no --get-values TYPE,UUID,NAME connection show 2>/dev/null)
}

# The names that are operands of a verb and begin with a word, quoted.
_wgnl_names() {
    case $1$COMP_CWORD in
    check* | convert2) _wgnl_profiles "$2" ;;
    peers2) printf '%s\n' check show sign add ;;
    peers-show* | status* | show* | monitor* | wait* | reconcile* | adopt* | release*) wgnl list 2>/dev/null ;;
    esac | _wgnl_beginning "$2"
}

# The files that are.
_wgnl_files() {
    case $1 in
    peers-sign) compgen -f -- "$2" ;; # a list or a key
    peers-check | peers-add)
        compgen -d -S / -- "$2"
        compgen -f -X '!*.peers' -- "$2"
        ;;
    check | diff | apply | convert)
        compgen -d -S / -- "$2"
        compgen -f -X '!*.@(netdev|conf|json|nmconnection)' -- "$2"
        ;;
    esac
}

# What is offered is quoted already: readline is not to do it again.
_wgnl_offer_quoted() {
    compopt +o filenames 2>/dev/null
    COMPREPLY=("$@")
}

# Readline quotes files, and knows folders; beside names they are quoted here.
_wgnl_offer_operands() {
    local names files
    mapfile -t names < <(_wgnl_names "$1" "$2")
    mapfile -t files < <(_wgnl_files "$1" "$2")
    COMPREPLY=("${files[@]}")
    ((${#names[@]})) || return 0
    ((${#files[@]} == 0)) || mapfile -t files < <(printf '%q\n' "${files[@]}")
    _wgnl_offer_quoted "${names[@]}" "${files[@]}"
}

_wgnl() {
    local current=$2 verb=${COMP_WORDS[1]} values
    COMPREPLY=()
    [[ $verb != peers ]] || ((COMP_CWORD == 2)) || verb=peers-${COMP_WORDS[2]}
    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "status show monitor metrics wait reconcile check diff
            apply convert adopt release peers genkey pubkey genpsk --help --version --netns" -- "$current")
    elif values=$(_wgnl_values "$3"); then
        mapfile -t values < <(_wgnl_beginning "$current" <<<"$values")
        _wgnl_offer_quoted "${values[@]}"
    elif [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_wgnl_options "$verb")" -- "$current")
    else
        _wgnl_offer_operands "$verb" "$current"
    fi
}

complete -o filenames -F _wgnl wgnl
