/** Going back to an older revision by annotation, as clients of extensions/v1beta1 ask for it: pure functions. */
import type { Deployment } from '#api/generated/types/apps.v1.ts';
import { integerProblem } from '#machinery/go-values.ts';
import {
  allOf,
  isCopied,
  revisionOf,
  rollbackAnnotation,
  sameTemplate,
  type Sets,
  withoutHash,
} from './sets.ts';

/** The revision that the Deployment is asked to go back to; 0: the one before; undefined: to none. */
export function rollbackTarget({ metadata }: Deployment): bigint | undefined {
  const text = metadata.annotations?.[rollbackAnnotation];
  return text === undefined || integerProblem('ParseInt', text) ? undefined : BigInt(text);
}

export interface Rollback {
  /** The Deployment that asks no more. */
  readonly deployment: Deployment;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** The Deployment with the template and annotations of `revision`; or as it is, where there is no going back. */
export function rolledBack(deployment: Deployment, sets: Sets, revision: bigint): Rollback {
  const { name } = deployment.metadata;
  const asked = revision === 0n ? lastRevision(sets) : revision;
  const missing = (message: string) =>
    answered(deployment, 'Warning', 'DeploymentRollbackRevisionNotFound', message);
  if (asked === 0n) return missing('Unable to find last revision.');
  const target = allOf(sets).find(set => revisionOf(set) === asked);
  if (!target) return missing('Unable to find the revision to rollback to.');
  if (sameTemplate(target.spec?.template, deployment.spec?.template)) {
    const text = `The rollback revision contains the same template as current deployment ${JSON.stringify(name)}`;
    return answered(deployment, 'Warning', 'DeploymentRollbackTemplateUnchanged', text);
  }
  const own = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !isCopied(key));
  const taken = Object.entries(target.metadata.annotations ?? {}).filter(([key]) => isCopied(key));
  const template = withoutHash(target.spec?.template);
  const changed: Deployment = {
    ...deployment,
    metadata: { ...deployment.metadata, annotations: Object.fromEntries([...own, ...taken]) },
    spec: { ...deployment.spec!, template },
  };
  const text = `Rolled back deployment ${JSON.stringify(name)} to revision ${asked}`;
  return answered(changed, 'Normal', 'DeploymentRollback', text);
}

/** The second newest; 0: there is none. */
function lastRevision(sets: Sets): bigint {
  const [, last = 0n] = allOf(sets)
    .map(revisionOf)
    .sort((a, b) => Number(b - a));
  return last;
}

function answered(
  { metadata, ...rest }: Deployment,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): Rollback {
  const { [rollbackAnnotation]: _, ...annotations } = metadata.annotations ?? {};
  return { deployment: { ...rest, metadata: { ...metadata, annotations } }, type, reason, message };
}
