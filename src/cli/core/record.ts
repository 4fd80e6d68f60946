import type { CliContext } from './context.ts';
import type { Flag } from './flags.ts';

const changeCauseKey = 'kubernetes.io/change-cause';

export const recordFlag: Flag = {
  name: 'record',
  type: 'bool',
  deprecated: '--record will be removed in the future',
  help: 'Record current command in the resource annotation.',
};

/** As much of an object, or of a patch of one, as a record is about. */
export interface Annotated {
  readonly metadata?: {
    readonly annotations?: Readonly<Record<string, string | null>>;
    readonly labels?: Readonly<Record<string, string | null>>;
    readonly resourceVersion?: string;
  };
}

/** The object, or the patch, with the command line as the cause of the change, where --record asks for it. */
export function recorded<T extends Annotated>(context: CliContext, object: T): T {
  if (!context.flags.bool('record')) return object;
  const annotations = { ...object.metadata?.annotations, [changeCauseKey]: commandLine(context) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** The words first, then every flag that was given, by its long name. */
function commandLine({ commandPath, args, flags }: CliContext): string {
  return [commandPath, ...args, ...flags.given.map(([name, text]) => `--${name}=${text}`)].join(' ');
}
