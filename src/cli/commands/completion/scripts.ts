/**
 * What ties a shell to `PROGRAM __complete WORD…`, which answers a line for each word that the last one may become, behind a
 * tab what it is, and at the end ':' and what the shell is to do: the sum of 1 (failed), 2 (no space behind it), 4 (no
 * files), 8 (the lines are extensions of files) and 16 (folders only).
 */
export const scripts: Readonly<Record<string, (program: string) => string>> = {
  bash,
  fish,
  powershell,
  zsh,
};

const nameFor = (program: string) => program.replace(/[^a-zA-Z0-9_]/g, '_');

function bash(program: string): string {
  const name = nameFor(program);
  return `# bash completion for ${program}

__${name}_complete() {
    COMPREPLY=()
    # The line itself: readline's words end at '=' and ':'.
    local line="\${COMP_LINE:0:COMP_POINT}" words answer
    read -ra words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    answer="$("\${words[0]}" __completeNoDesc "\${words[@]:1}" 2> /dev/null)" || return
    local directive="\${answer##*:}" current="\${words[-1]}" candidate kept=""
    [[ $directive =~ ^[0-9]+$ ]] || return
    (( directive & 1 )) && return
    answer="\${answer%:*}"
    if [[ $current == -*=* ]]; then
        current="\${current#*=}"
    fi
    if (( directive & 8 )); then
        compopt -o filenames
        while IFS= read -r candidate; do
            [[ -n $candidate ]] && COMPREPLY+=($(compgen -f -X "!*.$candidate" -- "$current"))
        done <<< "$answer"
        COMPREPLY+=($(compgen -d -- "$current"))
        return
    fi
    if (( directive & 16 )); then
        compopt -o filenames
        COMPREPLY=($(compgen -d -- "$current"))
        return
    fi
    # Readline keeps what stands before a colon.
    if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
        kept="\${current%"\${current##*:}"}"
    fi
    while IFS= read -r candidate; do
        [[ -n $candidate && $candidate == "$current"* ]] && COMPREPLY+=("\${candidate#"$kept"}")
    done <<< "$answer"
    if (( directive & 2 )); then
        compopt -o nospace
    fi
    if (( \${#COMPREPLY[@]} == 0 && !(directive & 4) )); then
        compopt -o default
    fi
}

complete -F __${name}_complete ${program}
`;
}

function zsh(program: string): string {
  const name = nameFor(program);
  return `#compdef ${program}
compdef _${name} ${program}

# zsh completion for ${program}

_${name}() {
    local -a asked lines described
    local line word text answer directive
    asked=("\${(@Q)words[1,CURRENT]}")
    answer="$("\${asked[1]}" __complete "\${(@)asked[2,-1]}" 2> /dev/null)" || return 1
    lines=("\${(@f)answer}")
    directive="\${lines[-1]#:}"
    [[ $directive == <-> ]] || return 1
    (( directive & 1 )) && return 1
    lines[-1]=()
    # What stands before '=' belongs to the flag.
    [[ $asked[-1] == -*=* ]] && compset -P '*='
    if (( directive & 8 )); then
        _files -g "*.(\${(j:|:)lines})"
        return
    fi
    if (( directive & 16 )); then
        _files -/
        return
    fi
    for line in $lines; do
        [[ -z $line ]] && continue
        word="\${line%%$'\\t'*}"
        text=""
        [[ $line == *$'\\t'* ]] && text=":\${line#*$'\\t'}"
        described+=("\${word//:/\\\\:}$text")
    done
    local -a without
    (( directive & 2 )) && without=(-S '')
    if (( \${#described} > 0 )); then
        _describe -V ${program} described $without
    elif (( !(directive & 4) )); then
        _files
    else
        return 1
    fi
}

# Run as a function of fpath's, it completes at once.
if [[ "$funcstack[1]" == "_${name}" ]]; then
    _${name}
fi
`;
}

function fish(program: string): string {
  const name = nameFor(program);
  return `# fish completion for ${program}

function __${name}_answer
    set --local words (commandline --tokens-expanded --current-process --cut-at-cursor 2> /dev/null)
    or set words (commandline -opc)
    set --local current (commandline --current-token --cut-at-cursor)
    set --local lines ($words[1] __complete $words[2..-1] "$current" 2> /dev/null)
    or return 1
    set --local directive (string replace ':' '' -- $lines[-1])
    string match --quiet --regex '^[0-9]+$' -- "$directive"
    or return 1
    test (math "bitand($directive, 1)") -eq 0
    or return 1
    set --erase lines[-1]
    # Of --flag=value fish completes the whole.
    set --local before ''
    if string match --quiet --regex '^-[^=]*=' -- "$current"
        set before (string replace --regex '=.*' '=' -- "$current")
    end
    if test (math "bitand($directive, 8)") -ne 0
        for extension in $lines
            __fish_complete_suffix ".$extension"
        end
    else if test (math "bitand($directive, 16)") -ne 0
        __fish_complete_directories "$current"
    else if test (count $lines) -gt 0
        for line in $lines
            echo "$before$line"
        end
    else if test (math "bitand($directive, 4)") -eq 0
        __fish_complete_path "$current"
    end
end

complete --command ${program} --erase
complete --command ${program} --no-files --keep-order --arguments '(__${name}_answer)'
`;
}

function powershell(program: string): string {
  return `# powershell completion for ${program}

Register-ArgumentCompleter -Native -CommandName '${program}' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        ForEach-Object { $_.ToString() })
    $before = @($words | Select-Object -Skip 1)
    if ($wordToComplete -eq '') {
        # Older shells lose arguments that are empty.
        $before += if ($PSVersionTable.PSVersion -ge [version]'7.3') { '' } else { '""' }
    }
    $answer = @(& $words[0] __complete @before 2> $null)
    if ($answer.Count -eq 0 -or $answer[-1] -notmatch '^:(\\d+)$') { return }
    $directive = [int]$Matches[1]
    if ($directive -band 1) { return }
    # Extensions and folders are left to the shell's own completion of files.
    if ($directive -band 24) { return }
    $prefix = if ($wordToComplete -match '^(-[^=]*=)') { $Matches[1] } else { '' }
    $space = if ($directive -band 2) { '' } else { ' ' }
    $lines = @($answer | Select-Object -SkipLast 1)
    if ($lines.Count -eq 0 -and ($directive -band 4)) { return '' }
    foreach ($line in $lines) {
        $word, $text = $line -split "\`t", 2
        if (-not $text) { $text = $word }
        [System.Management.Automation.CompletionResult]::new(
            "$prefix$word$space", $word, 'ParameterValue', $text)
    }
}
`;
}
