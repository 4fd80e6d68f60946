import type { Taint, Toleration } from '#api/generated/types/core.v1.ts';

/** Whether a toleration covers a taint (component-helpers; Lt and Gt are KEP-5471). */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  switch (toleration.operator || 'Equal') {
    case 'Equal':
      return (toleration.value ?? '') === (taint.value ?? '');
    case 'Exists':
      return true;
    case 'Lt':
      return compareIntegers(taint.value, toleration.value, (a, b) => a < b);
    case 'Gt':
      return compareIntegers(taint.value, toleration.value, (a, b) => a > b);
    default:
      return false;
  }
}

function compareIntegers(
  left: string | undefined,
  right: string | undefined,
  holds: (a: bigint, b: bigint) => boolean,
): boolean {
  const integer = /^-?(0|[1-9][0-9]{0,18})$/;
  if (!left || !right || !integer.test(left) || !integer.test(right)) return false;
  return holds(BigInt(left), BigInt(right));
}

/** The first taint that keeps pods away and that nothing tolerates. */
export function untoleratedTaint(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
): Taint | undefined {
  return taints.find(
    taint =>
      (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') &&
      !tolerations.some(toleration => tolerates(toleration, taint)),
  );
}
