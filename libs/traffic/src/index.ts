export { generateTraffic, type Traffic } from './generate-traffic.js';
export { liveTraffic, type LiveOptions, type LiveTraffic } from './live-traffic.js';
export { PLANTS, type Plant, type TrafficOptions } from './options.js';
export type { KeyIdentity, KeyLife, PlannedKey, Rotation } from './planned-key.js';
export type { PlantedAnomaly } from './truth.js';
