/** How the page names the module of its AudioWorklet. @param {BaseAudioContext} context */
export function addSynth(context) {
  return context.audioWorklet.addModule(new URL('./synth.js', import.meta.url));
}
