import { Module, type DynamicModule } from '@nestjs/common';
import type { RuleProbe } from '@keywatch/detection';
import type { ChangelogLog } from '@keywatch/kafka';
import { Clock } from '@keywatch/platform';
import { Checkpointer } from '../fold/checkpointer.js';
import { Detector } from '../fold/detector.js';
import { effectiveSettings, engineFor, type GivenSettings } from '../fold/effective-settings.js';
import { PartitionOpener } from '../fold/partition-opener.js';
import { AlertSink, DetectObserver, SourcePositions } from '../fold/ports.js';
import { DetectController } from './detect.controller.js';
import { DetectLifecycle, RESOURCES, type Resources } from './detect-lifecycle.js';

export interface DetectModuleOptions {
  readonly settings: GivenSettings;
  readonly checkpointMs: number;
  /** Records kept as objects, per partition; the others are kept as text. */
  readonly hotKeys: number;
  readonly changelog: ChangelogLog;
  readonly positions: SourcePositions;
  readonly alerts: AlertSink;
  readonly observer: DetectObserver;
  /** Told how long rules take. */
  readonly probe?: RuleProbe;
  readonly clock: Clock;
  readonly resources: Resources;
  readonly onFatal: (error: Error) => void;
}

/** Detection over given doors to the outside. */
@Module({})
export class DetectModule {
  /** @throws Error with every wrong rule setting. */
  static forRoot(options: DetectModuleOptions): DynamicModule {
    const opener = new PartitionOpener({
      log: options.changelog,
      positions: options.positions,
      observer: options.observer,
      settings: effectiveSettings(options.settings),
      createEngine: (settings) => engineFor(settings, options.probe),
      hotLimit: options.hotKeys,
    });
    return {
      module: DetectModule,
      controllers: [DetectController],
      providers: [
        { provide: AlertSink, useValue: options.alerts },
        { provide: DetectObserver, useValue: options.observer },
        { provide: Clock, useValue: options.clock },
        { provide: RESOURCES, useValue: options.resources },
        {
          provide: Detector,
          inject: [AlertSink, DetectObserver],
          useFactory: (alerts: AlertSink, observer: DetectObserver) =>
            new Detector(opener, alerts, observer, options.onFatal),
        },
        {
          provide: Checkpointer,
          inject: [Detector, DetectObserver, Clock],
          useFactory: (detector: Detector<unknown>, observer: DetectObserver, clock: Clock) =>
            new Checkpointer(detector, observer, {
              intervalMs: options.checkpointMs,
              now: () => clock.now(),
            }),
        },
        DetectLifecycle,
      ],
    };
  }
}
