/** kube-controller-manager's flags for this controller, with its defaults. */
export const autoscalerOptions = {
  /** --horizontal-pod-autoscaler-sync-period */
  syncPeriodMs: 15_000,
  /** --horizontal-pod-autoscaler-tolerance: how far from 1 the ratio of usage to target may be. */
  tolerance: 0.1,
  /** --horizontal-pod-autoscaler-downscale-stabilization */
  downscaleStabilizationSeconds: 300,
  /** --horizontal-pod-autoscaler-cpu-initialization-period */
  cpuInitializationMs: 300_000,
  /** --horizontal-pod-autoscaler-initial-readiness-delay */
  initialReadinessMs: 30_000,
} as const;
