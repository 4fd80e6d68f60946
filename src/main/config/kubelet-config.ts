import { completeSettings, type KubeletSettings, nodePolicy } from '#kubelet/config/settings.ts';
import { fieldError, fieldErrorText } from '#machinery/field.ts';
import { anyText, count, fields, flag, mapOf, type Shape } from './shape.ts';

const bySignal = mapOf(anyText);

const settingsShape = fields({
  imageMinimumGCAge: anyText,
  imageMaximumGCAge: anyText,
  imageGCHighThresholdPercent: count(100),
  imageGCLowThresholdPercent: count(100),
  evictionHard: bySignal,
  evictionSoft: bySignal,
  evictionSoftGracePeriod: bySignal,
  evictionPressureTransitionPeriod: anyText,
  evictionMaxPodGracePeriod: count(2 ** 31 - 1),
  evictionMinimumReclaim: bySignal,
  mergeDefaultEvictionSettings: flag,
});

/** The field `kubelet` of a Cluster: what can be chosen of a KubeletConfiguration, and nothing that it would refuse. */
export const kubeletShape: Shape = (value, path) => {
  const problems = settingsShape(value, path);
  if (problems.length > 0) return problems;
  try {
    nodePolicy(completeSettings(value as KubeletSettings));
    return [];
  } catch (error) {
    return [fieldErrorText(fieldError.invalid(path, value, (error as Error).message))];
  }
};
