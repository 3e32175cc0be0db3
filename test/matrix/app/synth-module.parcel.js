/** Parcel shares no code with a worklet when it is told that it is one. @param {BaseAudioContext} context */
export function addSynth(context) {
  return context.audioWorklet.addModule(new URL('worklet:./synth.js', import.meta.url));
}
