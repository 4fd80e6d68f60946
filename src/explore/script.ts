/** What goes wrong at one place of a run. */
export interface Fault {
  /** What the controller does there: 'POST pods', 'PUT deployments/status', 'watch pods'. */
  readonly place: string;
  /** The how manieth time it does that, from 1. */
  readonly occurrence: number;
  /** By the names of `faultKinds`. */
  readonly kind: string;
}

/** All that a run depends on beyond its scenario. */
export interface Script {
  /** Of names and uids. */
  readonly seed: number;
  /** The user's steps that are taken, by their numbers from 1. */
  readonly steps: readonly number[];
  readonly faults: readonly Fault[];
}

export function faultText({ place, occurrence, kind }: Fault): string {
  return `${place} #${occurrence}: ${kind}`;
}

/** As `parseScript` reads it. `names` are those of the steps. */
export function scriptText(script: Script, names: readonly string[]): string {
  return [
    `seed ${script.seed}`,
    ...script.steps.map(step => `step ${step}: ${names[step - 1] ?? ''}`),
    ...script.faults.map(fault => `fault ${faultText(fault)}`),
    '',
  ].join('\n');
}

const forms = {
  seed: /^seed (\d+)$/,
  step: /^step (\d+)(?::.*)?$/,
  fault: /^fault (\w+ [\w/.-]+) #(\d+): ([\w ]+)$/,
};

/** Reads a script; blank lines and lines that begin with # or 'explore ' say nothing. Throws on any other line. */
export function parseScript(text: string): Script {
  let seed = 1;
  const steps: number[] = [];
  const faults: Fault[] = [];
  for (const line of text.split('\n').map(raw => raw.trim())) {
    const fault = forms.fault.exec(line);
    const step = forms.step.exec(line);
    const seeded = forms.seed.exec(line);
    if (fault) faults.push({ place: fault[1]!, occurrence: Number(fault[2]), kind: fault[3]! });
    else if (step) steps.push(Number(step[1]));
    else if (seeded) seed = Number(seeded[1]);
    else if (line !== '' && !line.startsWith('#') && !line.startsWith('explore ')) {
      throw new Error(`no line of a script: ${line}`);
    }
  }
  return { seed, steps, faults };
}
