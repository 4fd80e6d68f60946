/** How a simulated process behaves. Absent: it runs until told to stop. */
export interface HollowBehaviour {
  /** Ends by itself this long after its start. */
  readonly exitAfterMs?: number;
  readonly exitCode?: number;
  /** Default: Completed or Error by the exit code. */
  readonly reason?: string;
  readonly message?: string;
  /** Does not end on SIGTERM: the grace period runs out. */
  readonly ignoresTerm?: boolean;
}

/** `hollow.coxswain.dev/CONTAINER: "after=5s exit=1"`, on a pod; `all` stands for every container. */
export const hollowAnnotationPrefix = 'hollow.coxswain.dev/';

function durationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  if (!match) return 0;
  const unit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[match[2] ?? 's']!;
  return Number(match[1]) * unit;
}

/** Reads an annotation's text: `after=DURATION`, `exit=CODE`, `reason=WORD` and `ignore-term`, in any order. */
export function parseBehaviour(text: string): HollowBehaviour {
  const words = new Map(
    text
      .trim()
      .split(/\s+/)
      .map(word => {
        const at = word.indexOf('=');
        return at < 0 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)];
      }),
  );
  const exits = words.has('after') || words.has('exit');
  const reason = words.get('reason');
  return {
    ...(exits
      ? { exitAfterMs: durationMs(words.get('after') ?? '0'), exitCode: Number(words.get('exit') ?? 0) }
      : {}),
    ...(reason ? { reason } : {}),
    ...(words.has('ignore-term') ? { ignoresTerm: true } : {}),
  };
}

function fromWords(words: readonly string[]): HollowBehaviour | undefined {
  const name = words[0]?.split('/').at(-1);
  if (name === 'true') return { exitAfterMs: 0, exitCode: 0 };
  if (name === 'false') return { exitAfterMs: 0, exitCode: 1 };
  if (name === 'exit') return { exitAfterMs: 0, exitCode: Number(words[1] ?? 0) };
  if (name === 'sleep' && words[1] && words[1] !== 'infinity') {
    return { exitAfterMs: durationMs(words[1]), exitCode: 0 };
  }
  return undefined;
}

/** Understands `true`, `false`, `exit N`, `sleep N` and, in `sh -c`, a sequence of them with `;` or `&&`. */
function fromCommand(command: readonly string[]): HollowBehaviour {
  const shell = /^(.*\/)?(ba|a)?sh$/.test(command[0] ?? '') && command[1] === '-c';
  if (!shell) return fromWords(command) ?? {};
  let exitAfterMs = 0;
  let exitCode: number | undefined;
  for (const step of (command[2] ?? '').split(/;|&&/)) {
    const behaviour = fromWords(step.trim().split(/\s+/));
    if (!behaviour) continue;
    exitAfterMs += behaviour.exitAfterMs ?? 0;
    exitCode = behaviour.exitCode;
  }
  return exitCode === undefined ? {} : { exitAfterMs, exitCode };
}

/** What a simulated container does: its pod's annotation decides, else its command; else it runs for ever. */
export function behaviourOf(
  annotations: Readonly<Record<string, string>> | undefined,
  containerName: string,
  command: readonly string[],
): HollowBehaviour {
  const text =
    annotations?.[hollowAnnotationPrefix + containerName] ?? annotations?.[`${hollowAnnotationPrefix}all`];
  return text === undefined ? fromCommand(command) : parseBehaviour(text);
}
