"""What Apple's reference says of the FCPXML 1.10 elements that are written, as a DTD of our own.

Only elements and attributes that a project of ours may have are declared: content models and order
as in Apple's definition, reduced to them. What this accepts, the whole definition accepts too.
"""

from __future__ import annotations

__all__ = ["DEFINITION"]

DEFINITION = """
<!ELEMENT fcpxml (resources, event)>
<!ATTLIST fcpxml version CDATA #FIXED "1.10">
<!ELEMENT resources (asset | format)*>
<!ELEMENT format EMPTY>
<!ATTLIST format id ID #REQUIRED frameDuration CDATA #IMPLIED
    width CDATA #IMPLIED height CDATA #IMPLIED paspH CDATA #IMPLIED paspV CDATA #IMPLIED>
<!ELEMENT asset (media-rep+, metadata?)>
<!ATTLIST asset id ID #REQUIRED name CDATA #IMPLIED format IDREF #IMPLIED
    start CDATA #IMPLIED duration CDATA #IMPLIED hasVideo CDATA #IMPLIED hasAudio CDATA #IMPLIED
    audioSources CDATA #IMPLIED audioChannels CDATA #IMPLIED audioRate CDATA #IMPLIED>
<!ELEMENT media-rep EMPTY>
<!ATTLIST media-rep kind (original-media | proxy-media) "original-media" src CDATA #REQUIRED>
<!ELEMENT metadata (md*)>
<!ELEMENT md EMPTY>
<!ATTLIST md key CDATA #REQUIRED value CDATA #IMPLIED>
<!ELEMENT event (project)*>
<!ATTLIST event name CDATA #IMPLIED>
<!ELEMENT project (sequence)>
<!ATTLIST project name CDATA #IMPLIED>
<!ELEMENT sequence (spine)>
<!ATTLIST sequence format IDREF #REQUIRED duration CDATA #IMPLIED tcStart CDATA #IMPLIED
    tcFormat (DF | NDF) #IMPLIED audioLayout (mono | stereo | surround) #IMPLIED
    audioRate (32k | 44.1k | 48k | 88.2k | 96k | 176.4k | 192k) #IMPLIED>
<!ELEMENT spine (asset-clip | gap)*>
<!ELEMENT gap (asset-clip*, marker*)>
<!ATTLIST gap name CDATA #IMPLIED offset CDATA #IMPLIED start CDATA #IMPLIED
    duration CDATA #REQUIRED enabled (0 | 1) "1">
<!ELEMENT asset-clip (conform-rate?, timeMap?, adjust-crop?, adjust-transform?, asset-clip*,
    marker*)>
<!ATTLIST asset-clip ref IDREF #REQUIRED lane CDATA #IMPLIED offset CDATA #IMPLIED
    name CDATA #IMPLIED start CDATA #IMPLIED duration CDATA #IMPLIED enabled (0 | 1) "1"
    srcEnable (all | audio | video) "all" tcFormat (DF | NDF) #IMPLIED>
<!ELEMENT conform-rate EMPTY>
<!ATTLIST conform-rate scaleEnabled (0 | 1) "1"
    srcFrameRate (23.98 | 24 | 25 | 29.97 | 30 | 60 | 47.95 | 48 | 50 | 59.94) #IMPLIED>
<!ELEMENT timeMap (timept)*>
<!ATTLIST timeMap frameSampling
    (floor | nearest-neighbor | frame-blending | optical-flow-classic | optical-flow) "floor">
<!ELEMENT timept EMPTY>
<!ATTLIST timept time CDATA #REQUIRED value CDATA #REQUIRED
    interp (smooth2 | linear | smooth) "smooth2">
<!ELEMENT adjust-crop (crop-rect?)>
<!ATTLIST adjust-crop mode (trim | crop | pan) #REQUIRED enabled (0 | 1) "1">
<!ELEMENT crop-rect EMPTY>
<!ATTLIST crop-rect left CDATA "0" top CDATA "0" right CDATA "0" bottom CDATA "0">
<!ELEMENT adjust-transform EMPTY>
<!ATTLIST adjust-transform enabled (0 | 1) "1" scale CDATA "1 1">
<!ELEMENT marker EMPTY>
<!ATTLIST marker start CDATA #REQUIRED duration CDATA #IMPLIED value CDATA #REQUIRED
    completed CDATA #IMPLIED>
"""
