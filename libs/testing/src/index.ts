export { aNotice, anAlert, anAlertEvent } from './alerts.js';
