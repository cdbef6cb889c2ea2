// Draws all charts that the page has a place for.
import { startLists } from './failures.js';
import { drawLines } from './lines.js';
import { drawRates } from './rates.js';
import { drawHistogram, drawWaits } from './spread.js';
import { drawTimeline } from './timeline.js';
import { startBar } from './zoom.js';

startBar();
drawTimeline();
drawRates();
drawHistogram();
drawWaits();
drawLines();
startLists();
