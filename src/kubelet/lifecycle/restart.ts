import type { ContainerStatus } from '../runtime.ts';
import type { ContainerSpec, Pod } from '../types.ts';

/** Always, OnFailure or Never: the container's own policy before the pod's (KEP-5307). */
export function restartPolicyOf(pod: Pod, container: ContainerSpec, isInit: boolean): string {
  const policy = container.restartPolicy ?? pod.spec?.restartPolicy ?? 'Always';
  // An init container without a policy of its own runs to its end once, whatever the pod's policy.
  return isInit && container.restartPolicy === undefined && policy === 'Always' ? 'OnFailure' : policy;
}

type RestartRule = NonNullable<ContainerSpec['restartPolicyRules']>[number];

/** Whether a rule is for containers that end with that code. */
export function matchesExit({ exitCodes }: RestartRule, exitCode: number): boolean {
  if (!exitCodes) return false;
  const named = exitCodes.values?.includes(exitCode) ?? false;
  return exitCodes.operator === 'NotIn' ? !named : named;
}

function ruleSaysRestart(container: ContainerSpec, exitCode: number): boolean {
  const rules = container.restartPolicyRules ?? [];
  return rules.some(rule => rule.action === 'Restart' && matchesExit(rule, exitCode));
}

/** Whether a container that ended with that code is to run again. */
export function restartsAfter(pod: Pod, container: ContainerSpec, exitCode: number, isInit = false): boolean {
  if (ruleSaysRestart(container, exitCode)) return true;
  const policy = restartPolicyOf(pod, container, isInit);
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/** Whether a container is to be started now, given the newest the runtime has of it. */
export function shouldStart(
  pod: Pod,
  container: ContainerSpec,
  status: ContainerStatus | undefined,
  isInit = false,
): boolean {
  if (pod.metadata.deletionTimestamp) return false;
  if (!status) return true;
  if (status.state === 'RUNNING') return false;
  if (status.state !== 'EXITED') return true;
  return restartsAfter(pod, container, status.exitCode, isInit);
}
