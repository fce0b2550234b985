# ruff: noqa: E501 (records are as long as instruments write them)
"""A small file of every analyser's format, made up, for tests that damage it."""

import numpy as np

from fluxkit.raw.read_options import ReadOptions
from fluxkit.raw.series import FileClosure, Series
from tests.logger_files.analyser_files import write_analyser_file

START = np.datetime64("2024-05-13T10:00:00", "ns")
SECOND = np.timedelta64(1, "s")
#: Answers with which every specimen can be read.
ASKED = ReadOptions(utc_offset_h=1.0, day_first=True, year=2024)

PICARRO = """\
DATE TIME FRAC_DAYS_SINCE_JAN1 EPOCH_TIME ALARM_STATUS INST_STATUS CO2 CO2_dry CH4 CH4_dry H2O NH3 species
2024-05-13 11:00:00.250 133.4 1715594400.250 0 963 400.0 404.0 1.98 2.0 1.0 2.0 1
2024-05-13 11:00:01.250 133.4 1715594401.250 0 963 400.5 404.5 1.98 2.0 1.0 2.0 2
2024-05-13 11:00:02.250 133.4 1715594402.250 1 963 400.5 404.5 1.99 2.1 1.0 2.0 3
2024-05-13 11:00:03.250 133.4 1715594403.250 0 899 401.0 405.0 1.99 2.1 1.0 2.0 4
2024-05-13 11:00:04.250 133.4 1715594404.250 0 9155 401.0 405.0 1.99 2.1 1.0 2.0 4
"""
ISOTOPES = """\
DATE TIME EPOCH_TIME ALARM_STATUS INST_STATUS HP_12CH4 HP_12CH4_dry HP_13CH4 HR_12CH4_dry HP_Delta_iCH4_Raw H2O \
12CO2_dry 13CO2 Delta_Raw_iCO2
2024-05-13 11:00:00.250 1715594400.250 0 963 1.9 2.0 0.02 2.1 -47.0 1.0 400.0 4.4 -9.0
2024-05-13 11:00:01.250 1715594401.250 0 963 1.9 2.0 0.02 2.1 -47.5 1.0 401.0 4.4 -9.5
"""
GASMET = """\
Line\tDate\tTime\tSpectrumFile\tLibraryFile\tWater vapor H2O\tUnit\t Compensation\t Residual\tCarbon dioxide CO2\tUnit\t \
Compensation\t Residual\tAmbient pressure\tUnit\t Compensation\t Residual\t Status
0\t2024-05-13\t11:00:00\ta.SPE\tb.LIB\t  1.00\tvol-%\twet\t0.0004\t400.0\tppm\twet\t0.001\t989.00\tmbar\tN/A\t0.0\tOK
0\t2024-05-13\t11:00:20\ta.SPE\tb.LIB\t  1.10\tvol-%\twet\t0.0004\t410.0\tppm\twet\t0.001\t989.00\tmbar\tN/A\t0.0\tWarning
0\t2024-05-13\t11:00:40\ta.SPE\tb.LIB\t  1.10\tvol-%\twet\t0.0004\t420.0\tppm\twet\t0.001\t989.00\tmbar\tN/A\t0.0\tError
"""
GASMET_CHAMBERS = """\
group\tDate\tTime\tID\tmeas_time\tchamber\tmode\tH2O_pct\tCO2_ppm\tCH4_ppm\tN2O_ppm\tNH3_ppm\tamb.press_mbar
1\t2024-05-13\t11:00:00\t5_a\t2024-05-13T10:00:00Z\t5\tClosechamber\t1.0\t400\t2.0\t0.33\t0.1\t1010
1\t2024-05-13\t11:00:07\t5_a\t2024-05-13T10:00:07Z\t5\tInterpolation\t1.0\t410\t2.0\t0.33\t0.1\t1010
1\t2024-05-13\t11:00:14\t5_a\t2024-05-13T10:00:14Z\t5\tInterpolation\t1.0\t420\t2.0\t0.33\t0.1\t1010
"""
EGM5 = """\
Tag(M3),Date,Time,Plot_No,Rec_No,CO2,Pressure,Flow,H2O,Tsen,O2,Error,Aux_V,PAR,Tsoil,Tair,Msoil
Zero
Start
M5,13/05/24,11:00:00,     6,  1,   400,   1000.0, 300, 10.0, 0.0, 0.0,  0, 0.0,   100,12.0,20.0,36.0, 20, 0, 1, 0.0, 0.0
M5,13/05/24,11:00:01,     6,  2,   402,   1000.0, 300, 10.0, 0.0, 0.0,  0, 0.0,   100,12.0,20.0,36.0, 20, 0, 1, 0.0, 0.0
M5,13/05/24,11:00:02,     6,  3,   404,   1000.0, 300, 10.0, 0.0, 0.0,  0, 0.0,   100,12.0,20.0,36.0, 20, 0, 1, 0.0, 0.0
End
"""
EGM4 = """\
;EGM-4 Data
;SoftwareVersion=1.05
;Plot\tRecNo\tDay\tMonth\tHour\tMin\tCO2 Ref\tmb Ref\tmbR Temp\tInput A\tInput B\tInput C\tInput D\tATMP\tProbe Type
05\t0001\t13\t05\t11\t00\t00400\t00.0\t+00.0\t0000\t000.0\t012.5\t0000\t0983\t08
05\t0002\t13\t05\t11\t00\t00402\t00.0\t+00.0\t0000\t000.0\t012.5\t0004\t0983\t08
05\t0003\t13\t05\t11\t01\t00404\t00.0\t+00.0\t0000\t000.0\t012.5\t0009\t0983\t08
06\t0004\t13\t05\t11\t09\t00401\t00.0\t+00.0\t0000\t000.0\t012.5\t0000\t0983\t08
06\t0005\t13\t05\t11\t09\t00403\t00.0\t+00.0\t0000\t000.0\t012.5\t0005\t0983\t08
;Received 5 record(s)
"""
AERIS = """\
Time Stamp,Inlet Number,P (mbars),T0 (degC),Tgas(degC),CO2 (ppm),H2O (ppm),N2O (ppm),Wall Code,Latitude,Longitude
13/05/2024 11:00:00.100,1,140.0,42.5,42.5,518.2,9875.8,0.3239,0,No Data,No Data
13/05/2024 11:00:01.100,1,140.0,42.5,42.5,519.7,9881.3,0.3238,0,No Data,No Data
"""
HEALTHY_PHOTON = """\
time\tH2Oconcentration_ppm\tCO2concentration_ppm\tCH4concentration_ppm\tN2Oconcentration_ppb
2024-05-13 11:00:00.0\t10161.1\t418.5\t2.067\t346.52
2024-05-13 11:00:01.0\t10148.4\t419.5\t2.070\t347.05
"""
GAIA = """\
sep=\t
"Titles:"\t"SEQUENCE"\t"TAG"\t"COM5A001C07_Channel"\t"COM5A010C06_OperatingStatus"\t"COM5A012C07_Chamber Temperature"\
\t"XT2C00_Instrument"\t"XT2C02_SECONDS"\t"XT2C04_CH4"\t"XT2C05_CO2"\t"XT2C06_H2O"
"Units:"\t""\t""\t""\t""\t"\xbaC"\t"LICOR78XX#1"\t"secs"\t"ppb"\t"ppm"\t"ppm"
2024-05-13 11:00:00.000\t"Chamber 1 Opaque"\t""\t1\t6\t13.5\tLICOR78XX#1\t1715594398\t2040.1\t420.0\t13000.0
2024-05-13 11:00:01.000\t"Chamber 1 Opaque"\t""\t1\t7\t13.5\tLICOR78XX#1\t1715594399\t2040.2\t421.0\t13000.0
2024-05-13 11:00:02.000\t"Chamber 1 Opaque"\t""\t1\t7\t13.5\tLICOR78XX#1\t1715594400\t2040.3\t422.0\t13000.0
2024-05-13 11:00:03.000\t"Chamber 1 Opaque"\t""\t1\t2\t13.5\tLICOR78XX#1\t1715594401\t2040.4\t423.0\t13000.0
"""
SKYLINE = """\
sep=\t
"Titles:"\t"SEQUENCE"\t"TAG"\t"COM5A005C07_CH ID"\t"COM5A005C08_Chamber closed"\t"XT5C00_Instrument"\t"XT5C02_DATETIME"\
\t"XT5C03_N2O Dry"\t"XT5C05_H2O"\t"XT5C06_CO2"
"Units:"\t""\t""\t"V"\t""\t"PicarroGXXXX"\t""\t"ppm"\t"%"\t"ppm"
2024-05-13 11:00:00.000\t""\t""\t0.00\t0.00\tPicarroGXXXX\t2024-05-13 11:00:20.4\t0.3366\t1.550\t442.617
2024-05-13 11:00:01.000\t""\t""\t0.75\t0.00\tPicarroGXXXX\t2024-05-13 11:00:21.4\t0.3367\t1.550\t443.617
2024-05-13 11:00:02.000\t""\t""\t0.75\t0.00\tPicarroGXXXX\t2024-05-13 11:00:22.4\t0.3368\t1.550\t444.617
"""
LI6400 = """\
"OPEN 6.1.4"
"Mon May 13 2024 10:59:53"
<open><version>"6.1.4"</version></open>
"Const="\t420\t"Vtot"\t2.1E+05
"Const="\t422\t"Offset"\t0
"Const="\t423\t"Area"\t3364
$STARTOFDATA$
"Obs"\t"HHMMSS"\t"Meas type (NEE/ER)"\t"ETime"\t"Smpls"\t"Mode"\t"TCham"\t"Cdry"\t"H2OS"\t"Tair"\t"PARo"\t"Press"\t"Plot#"
"Const="\t433\t"MeasTime"\t180
1\t"11:00:00"\t"NEE"\t1.0\t-1\t1\t18.12\t407.9\t10.1\t15.1\t1054\t101.1\t"61"
2\t"11:00:01"\t"NEE"\t2.0\t-2\t1\t18.12\t407.1\t10.1\t15.1\t1054\t101.1\t"61"
3\t"11:00:02"\t"NEE"\t0.0\t-2\t2\t18.12\t407.0\t10.1\t15.1\t1054\t101.1\t"61"
"11:00:30 a remark"
4\t"11:05:00"\t"ER"\t1.0\t-1\t1\t18.12\t409.9\t10.1\t15.1\t0\t101.1\t"61"
5\t"11:05:01"\t"ER"\t2.0\t-1\t1\t18.12\t411.9\t10.1\t15.1\t0\t101.1\t"61"
"""
LI850 = """\
"(2024-05-13 11:00:00)(LI-850)"
System_Date_(Y-M-D)\tSystem_Time_(h:m:s)\tCO₂(µmol⋅mol⁻¹)\tH₂O(mmol⋅mol⁻¹)\tCell_Temperature(°C)\tCell_Pressure(kPa)
2024-05-13\t11:00:00\t410.0\t10.0\t51.5\t98.5
2024-05-13\t11:00:00\t411.0\t10.0\t51.5\t98.5
2024-05-13\t11:00:01\t412.0\t10.0\t51.5\t98.5
"(2024-05-13 11:02:00)(LI-850)"
System_Date_(Y-M-D)\tSystem_Time_(h:m:s)\tCO₂(µmol⋅mol⁻¹)\tH₂O(mmol⋅mol⁻¹)\tCell_Temperature(°C)\tCell_Pressure(kPa)
2024-05-13\t11:02:00\t413.0\t10.0\t51.5\t98.5
"""
TABLE = """\
POSIX.time,CO2dry_ppm,CH4_wet_ppb,H2O_ppm,Tcham,remark
2024-05-13 11:00:00,410.0,1980.0,10000,20.0,a
2024-05-13 11:00:01,411.0,1980.0,10000,20.0,b
2024-05-13 11:00:02,412.0,NA,10000,20.0,c
"""
LOGGER = """\
"TOA5","Name","CR1000X","1","CR1000X.8","CPU:x.CR1X","1","Soil_flux"
"TIMESTAMP","RECORD","LI7810_H2O","LI7810_CO2","LI7810_CH4","LI7820_N20","Temp_SC_1"
"TS","RN","","","","","Deg C"
"","","Smp","Smp","Smp","Smp","Smp"
"2024-05-13 11:00:00",1,10000.0,410.0,2000.0,334.5,28.9
"2024-05-13 11:00:01",2,10000.0,411.0,2001.0,"NAN",28.9
"""
LI7500 = """\
May 13 2024 at 11:00:00
Frequency: 1.00Hz.
CO2
Zero:  Value:0.91  Date:May 19 2009 at 7:53:33 AM
Span:  Value:1.00  Date:May 19 2009 at 8:00:06 AM
H2O
Zero:  Value:0.77  Date:May 19 2009 at 7:54:01 AM
Span:  Value:1.01  Date:28 Jun 2004\t at 08:29:05\t
Clear, light wind
\tRelative Time\tTemperature\tPressure\tAux Input\tCO2 Absorptance\tCO2 mmol/m3\tCO2 umol/mol\tH2O mmol/m3\tH2O mmol/mol
\t0.20\t20.00\t90.00\t0.00\t0.06\t14.770\t400.0\t369.2\t10.00
\t1.22\t20.00\t90.00\t0.00\t0.06\t14.780\t400.3\t369.2\t10.00
\t2.20\t20.02\t90.00\t0.00\t0.06\t14.790\t400.6\t369.2\t10.00
"""
LI7500RS = """\
Model:\t LI-7500
SN:\t75H-0000
Timestamp:\tMay 13 2024 at 11:00:02
DATAH\tTime\tDate\tCO2 (mmol/m^3)\tCO2 (umol/mol)\tH2O (mmol/m^3)\tH2O (mmol/mol)\tTemperature (C)\tPressure (kPa)\t\
Diagnostic Value\tCH4 (umol/mol)\tCHK
DATA\t11:00:00:000\t2024-05-13\t14.770\t400.0\t369.2\t10.00\t20.00\t90.00\t255\t0\t 27
DATA\t11:00:01:000\t2024-05-13\t14.780\t400.3\t369.2\t10.00\t20.00\t90.00\t251\t0\t 28
DATA\t11:00:02:000\t2024-05-13\t14.790\t400.6\t369.2\t10.00\t20.00\t90.00\t127\t0\t 29
"""
EOSMX = "\n".join(
    " ".join(
        [
            f"{1715594400 + 4 * k}",
            *(["-1"] * 20),
            "3",
            "10",
            f"{int(1 <= k < 4)}",
            *(["0"] * 5),
            "0.7",
            "100.5",
            *(["-1"] * 90),
        ]
    )
    for k in range(6)
)


def _written(form: str, folder) -> bytes:
    n = 12
    data = {
        "co2": np.linspace(400e-6, 410e-6, n),
        "h2o": np.full(n, 0.01),
        "t_chamber": np.full(n, 290.0),
        "p_chamber": np.full(n, 1e5),
    }
    closure = FileClosure(
        "1",
        "a collar",
        START + 2 * SECOND,
        START + 10 * SECOND,
        area=0.0318,
        volume=0.006,
        height=0.02,
        deadband=5.0,
    )
    model = {"lgr": "", "li-8100": ""}.get(form, "LI-7810")
    series = Series(START + np.arange(n) * SECOND, data, format=form, model=model, closures=[closure])
    return write_analyser_file(series, folder / "specimen", utc_offset_h=1.0).read_bytes()


#: Name -> (format, content).
TEXTS = {
    "picarro": ("picarro", PICARRO),
    "picarro isotopes": ("picarro", ISOTOPES),
    "gasmet": ("gasmet", GASMET),
    "gasmet-chambers": ("gasmet-chambers", GASMET_CHAMBERS),
    "egm-5": ("egm-5", EGM5),
    "egm-4": ("egm-4", EGM4),
    "aeris": ("aeris", AERIS),
    "healthy-photon": ("healthy-photon", HEALTHY_PHOTON),
    "gaia": ("gaia", GAIA),
    "skyline": ("gaia", SKYLINE),
    "li-6400": ("li-6400", LI6400),
    "li-850": ("li-850", LI850),
    "li-7500": ("li-7500", LI7500),
    "li-7500 rs": ("li-7500", LI7500RS),
    "eosmx": ("eosmx", EOSMX),
    "table": ("delimited", TABLE),
    "logger": ("toa5", LOGGER),
}
WRITTEN = ("licor-trace-gas", "li-8100", "smart-chamber", "li-8250", "lgr")
NAMES = (*TEXTS, *WRITTEN)


def specimen(name: str, folder) -> tuple[str, bytes]:
    """Format and content of a small file."""
    if name in WRITTEN:
        return name, _written(name, folder)
    form, text = TEXTS[name]
    return form, text.encode("latin-1" if name == "gaia" else "utf-8")
