import { ref } from 'vue'

const isHelpOpen = ref(false)
const isPaletteOpen = ref(false)

/** The two overlays that can be opened from anywhere. */
export const useOverlays = () => ({ isHelpOpen, isPaletteOpen })
