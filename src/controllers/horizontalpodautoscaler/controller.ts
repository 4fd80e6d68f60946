import { horizontalPodAutoscalers, pods } from '#api/generated/refs.ts';
import { objectKey } from '#machinery/object.ts';
import { defineController, observing } from '#runtime/controller.ts';
import { Autoscaling } from './autoscaler.ts';
import { autoscalerOptions } from './options.ts';

const { syncPeriodMs } = autoscalerOptions;

/** Scales workloads, and whatever else has a scale subresource, by metrics (autoscaling/v2). */
export const horizontalPodAutoscalerController = defineController({
  name: 'horizontal-pod-autoscaler',
  component: 'horizontal-pod-autoscaler',
  setup: environment => {
    const { informer, log } = environment;
    const autoscalers = informer(horizontalPodAutoscalers);
    const podInformer = informer(pods);
    const autoscaling = new Autoscaling(environment, namespace => podInformer.list(namespace));
    return {
      // A change takes effect at the next look, so that metrics are never asked for more often than the period says.
      watches: [
        observing(horizontalPodAutoscalers, ({ object }) => [objectKey(object)], { delayMs: syncPeriodMs }),
      ],
      reconcile: async key => {
        const autoscaler = autoscalers.get(key);
        if (!autoscaler) {
          autoscaling.forget(key);
          return {};
        }
        try {
          await autoscaling.sync(key, autoscaler);
        } catch (error) {
          log.warn('autoscaling failed', { key, error: (error as Error).message });
        }
        return { requeueAfterMs: syncPeriodMs };
      },
    };
  },
});
