import { checkDns1123Label } from '#machinery/names.ts';
import type { StrategyContext } from '../../definition.ts';
import type { Container, Pod, PodSpec, PodTemplateSpec } from '../../generated/types/core.v1.ts';

const deprecatedNodeLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region':
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone':
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type':
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

function warnOfEnv(
  containers: readonly Container[] | undefined,
  path: string,
  context: StrategyContext,
): void {
  containers?.forEach(({ env = [] }, ci) => {
    const seen = new Set<string>();
    env.forEach(({ name }, ei) => {
      if (seen.has(name)) {
        context.warn(
          `${path}[${ci}].env[${ei}]: hides previous definition of "${name}", which may be dropped when using apply`,
        );
      }
      seen.add(name);
    });
  });
}

function warnOfPorts(spec: PodSpec, path: string, context: StrategyContext): void {
  const taken = new Map<string, string>();
  spec.containers?.forEach(({ ports = [] }, ci) => {
    ports.forEach(({ containerPort, protocol = 'TCP' }, pi) => {
      const at = `${path}.containers[${ci}].ports[${pi}]`;
      const key = `${containerPort}/${protocol}`;
      const before = taken.get(key);
      if (before) context.warn(`${at}: duplicate port definition with ${before}`);
      else taken.set(key, at);
    });
  });
}

function warnOfSpec(spec: PodSpec | undefined, path: string, context: StrategyContext): void {
  if (!spec) return;
  for (const [key, warning] of Object.entries(deprecatedNodeLabels)) {
    if (spec.nodeSelector && key in spec.nodeSelector)
      context.warn(`${path}.nodeSelector[${key}]: ${warning}`);
  }
  warnOfEnv(spec.containers, `${path}.containers`, context);
  warnOfEnv(spec.initContainers, `${path}.initContainers`, context);
  warnOfPorts(spec, path, context);
  if (spec.terminationGracePeriodSeconds !== undefined && spec.terminationGracePeriodSeconds < 0) {
    context.warn(
      `${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
    );
  }
  spec.volumes?.forEach((volume, i) => {
    if (volume.gitRepo) context.warn(`${path}.volumes[${i}].gitRepo: deprecated in v1.11`);
  });
}

/** A warning where pods are named after an object whose name is no DNS label. */
export function warnOfName(
  name: string | undefined,
  context: StrategyContext,
  used = 'in Pod names and hostnames',
): void {
  const messages = name ? checkDns1123Label(name) : [];
  if (messages.length === 0) return;
  const detail = 'which can result in surprising behavior; a DNS label is recommended';
  context.warn(`metadata.name: this is used ${used}, ${detail}: [${messages.join(' ')}]`);
}

/** Warnings of what a pod holds that is deprecated or likely a mistake. */
export function warnOfPod(pod: Pod, context: StrategyContext): void {
  warnOfName(pod.metadata.name, context, "in the Pod's hostname");
  warnOfSpec(pod.spec, 'spec', context);
}

/** The same of a workload's template. */
export function warnOfTemplate(
  template: PodTemplateSpec | undefined,
  path: string,
  context: StrategyContext,
): void {
  warnOfSpec(template?.spec, `${path}.spec`, context);
}
